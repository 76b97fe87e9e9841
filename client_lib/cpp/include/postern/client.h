// Client of the postern egress gate.
//
//   postern::Client client("127.0.0.1:50051");
//   postern::Batch batch;
//   batch.Add("https://api.example.com/v1/hooks").Id("order-17").Body(R"({"paid":true})").Timeout(5s);
//
//   postern::BatchCall call = client.PostBatch(batch);
//   for (const postern::ItemResult& result : call) {
//     if (result.has_response()) std::cout << result.id() << " " << result.response().status() <<
//     "\n"; else std::cout << result.id() << " " << postern::Name(result.failure().code()) << "\n";
//   }
//   if (absl::Status status = call.Finish(); !status.ok()) std::cerr << status << "\n";
#ifndef POSTERN_CLIENT_H_
#define POSTERN_CLIENT_H_

#include <chrono>
#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "postern/batch.h"
#include "postern/types.h"

namespace postern {

// One batch under way. Results are read by one thread; only Cancel() may be called from others at
// the same time. Destroying it cancels what has not finished. A moved-from call may only be
// destroyed or assigned to.
class BatchCall {
 public:
  class Impl;
  explicit BatchCall(std::unique_ptr<Impl> impl);
  BatchCall(BatchCall&&) noexcept;
  BatchCall& operator=(BatchCall&&) noexcept;
  ~BatchCall();

  // Waits for the next result, in the order in which items finish. Empty when there are no more:
  // all items have theirs, or the call failed or was cancelled; Finish() tells which.
  std::optional<ItemResult> Next();

  // Ends the call early: the gate stops the items that have not finished. Returns at once; results
  // that had already arrived may still come out of Next(). Safe from any thread, any number of
  // times, also after the end.
  void Cancel();

  // How the call ended. OK: every item got its result. Reads and drops results that were not yet
  // taken, so it waits for the end of the batch; may be called again. Never throws. Codes, as gRPC
  // defines them, among others:
  //   UNAVAILABLE         no gate at the target, or the connection to it was lost
  //   DEADLINE_EXCEEDED   CallOptions::timeout passed
  //   CANCELLED           Cancel() was called
  //   RESOURCE_EXHAUSTED  the batch is over the gate's message size, or the gate is overloaded
  //   DATA_LOSS           the gate ended the call without a result for every item
  // Items without a result may or may not have been sent to their origins.
  absl::Status Finish();

  // A single pass over the results that Next() would return.
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = ItemResult;
    using difference_type = std::ptrdiff_t;
    using pointer = ItemResult*;
    using reference = ItemResult&;

    explicit Iterator(BatchCall* call) : call_(call), result_(call->Next()) {}
    ItemResult& operator*() { return *result_; }
    ItemResult* operator->() { return &*result_; }
    Iterator& operator++() {
      result_ = call_->Next();
      return *this;
    }
    bool operator==(std::default_sentinel_t) const { return !result_.has_value(); }

   private:
    BatchCall* call_;
    std::optional<ItemResult> result_;
  };
  Iterator begin() { return Iterator(this); }
  std::default_sentinel_t end() const { return {}; }

 private:
  std::unique_ptr<Impl> impl_;
};

struct CallOptions {
  // Bounds the call; at its end items without a result are cancelled. Over 0; default: no bound but
  // the items' own.
  std::optional<std::chrono::nanoseconds> timeout;
};

// A connection to one gate, made on first use and again after a loss. Thread-safe; one per process
// is enough. Calls may outlive it.
class Client {
 public:
  // target: "HOST:PORT" or "unix:/PATH", in plain text; for trusted networks. The environment's
  // proxies are not used.
  explicit Client(const std::string& target);
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;
  ~Client();

  // Sends the batch and returns at once; the batch is copied and may be reused. Errors appear in
  // Finish(). There is no limit on the size of a message on this side: the gate's limits hold.
  BatchCall PostBatch(const Batch& batch, const CallOptions& options = {});

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace postern

#endif  // POSTERN_CLIENT_H_
