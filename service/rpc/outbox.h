#ifndef POSTERN_RPC_OUTBOX_H_
#define POSTERN_RPC_OUTBOX_H_

#include <cstddef>
#include <deque>
#include <memory>
#include <string_view>

#include <google/protobuf/arena.h>

#include "core/item.h"
#include "rpc/result_message.h"

namespace postern::rpc {

// Results of one RPC on their way out. One message is in flight at a time; whatever is added
// meanwhile goes into the next ones. `Message` has `results`. Not thread-safe: its RPC's mutex
// guards it.
template <typename Message>
class Outbox {
 public:
  // A message is closed when it has about `message_bytes`.
  explicit Outbox(std::size_t message_bytes) : message_bytes_(message_bytes) {}

  void Add(core::Item& item, std::string_view id) {
    if (waiting_.empty() || waiting_.back().bytes >= message_bytes_) waiting_.emplace_back();
    Parcel& parcel = waiting_.back();
    parcel.bytes += FillResult(item, id, *parcel.message->add_results());
  }

  // The message to write now; null where one is in flight or nothing waits.
  const Message* BeginWrite() {
    if (in_flight_.arena != nullptr || waiting_.empty()) return nullptr;
    in_flight_ = std::move(waiting_.front());
    waiting_.pop_front();
    return in_flight_.message;
  }
  void EndWrite() { in_flight_ = Parcel(nullptr); }
  // Drops what waits: nobody will read it.
  void Clear() { waiting_.clear(); }

  bool writing() const { return in_flight_.arena != nullptr; }
  bool nothing_waits() const { return waiting_.empty(); }

 private:
  // A message on an arena of its own: results are many small objects that come and go together.
  struct Parcel {
    Parcel()
        : arena(std::make_unique<google::protobuf::Arena>()),
          message(google::protobuf::Arena::CreateMessage<Message>(arena.get())) {}
    explicit Parcel(std::nullptr_t) {}

    std::unique_ptr<google::protobuf::Arena> arena;
    Message* message = nullptr;
    std::size_t bytes = 0;
  };

  const std::size_t message_bytes_;
  Parcel in_flight_{nullptr};
  std::deque<Parcel> waiting_;
};

}  // namespace postern::rpc

#endif  // POSTERN_RPC_OUTBOX_H_
