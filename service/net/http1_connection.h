#ifndef POSTERN_NET_HTTP1_CONNECTION_H_
#define POSTERN_NET_HTTP1_CONNECTION_H_

#include <memory>
#include <string>
#include <string_view>

#include <boost/intrusive/list.hpp>

#include "core/failure.h"
#include "core/item.h"
#include "core/settings.h"
#include "http/response_reader.h"
#include "net/dialler.h"
#include "net/read_buffer.h"
#include "net/shard_loop.h"

namespace postern::net {

class Http1Connection;

// What a connection needs of its origin. Nobody hands connections around: a connection asks for
// work.
class ConnectionOwner {
 public:
  // The next item to serve, or null.
  virtual core::Item* NextItem(core::TimePoint now) = 0;
  // The item goes back to the head of the queue: its connection had gone stale before a byte was
  // written.
  virtual void TakeBack(core::Item& item) = 0;

  virtual void OnDialled(Http1Connection& connection) = 0;
  virtual void OnDialFailed(Http1Connection& connection, core::Failure failure) = 0;
  virtual void OnIdle(Http1Connection& connection) = 0;
  // The connection serves nothing any more; it is on its way out.
  virtual void OnClosed(Http1Connection& connection) = 0;

 protected:
  ~ConnectionOwner() = default;
};

using IdleHook =
    boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

// One HTTP/1.1 connection: a long-lived coroutine that dials, then reads for as long as the
// connection lives. The read that waits on an idle connection is the very read that gets the next
// answer; requests are written beside it.
class Http1Connection final : public core::ItemHolder,
                              public std::enable_shared_from_this<Http1Connection> {
 public:
  // `destination`, `sessions` and `owner` outlive the connection.
  Http1Connection(ShardLoop& loop, const core::Settings& settings, Dialler& dialler,
                  const core::Destination& destination, TlsSessions& sessions,
                  ConnectionOwner& owner);
  Http1Connection(const Http1Connection&) = delete;
  Http1Connection& operator=(const Http1Connection&) = delete;

  // Starts dialling. From here on the connection keeps itself alive, until it is closed.
  void Open();

  // Gives an idle connection an item. False where the connection turns out to be dead: it is
  // closing, the item is untouched.
  bool Serve(core::Item& item);

  const DialProgress& dial() const { return dial_; }
  bool idle() const { return state_ == State::kIdle; }

  IdleHook idle_hook;

 private:
  enum class State { kDialling, kIdle, kBusy, kClosed };

  // Closes the connection when it has been idle for too long.
  class IdleTimer final : public core::Timer {
   public:
    explicit IdleTimer(Http1Connection& connection) : connection_(connection) {}

   private:
    void OnTimer(core::TimePoint) override { connection_.Close(); }
    Http1Connection& connection_;
  };

  // The request and its answer under way.
  struct Exchange {
    core::Item* item = nullptr;
    std::unique_ptr<core::Result> result;
    core::TimePoint began{};
    core::TimePoint sent{};        // the last byte of the request is with the kernel
    core::TimePoint first_byte{};  // of the answer
    std::size_t written = 0;  // bytes handed to the network; with TLS, bytes handed to be encrypted
    bool reused = false;
  };

  Task<void> Run(std::shared_ptr<Http1Connection> self);
  Task<void> DialAndServe();
  void OnException(std::string_view what);
  void TakeNext(core::TimePoint now);
  void BecomeIdle(core::TimePoint now);
  void Begin(core::Item& item, core::TimePoint now);

  void Write();
  void WritePlain();
  void WaitWritable();
  void WriteTls();
  void OnWriteError(error_code ec);
  std::size_t RequestSize() const { return head_.size() + exchange_.item->request.body.size(); }

  void OnRead(error_code ec, std::size_t bytes);
  void OnAnswer(core::TimePoint now);
  bool QuietSinceLastAnswer();

  void OnItemDeadline(core::Item& item, core::TimePoint now) override;
  void OnItemCancelled(core::Item& item, core::CancelReason reason, core::TimePoint now) override;

  core::Phase PhaseNow() const;
  core::Delivery DeliveryNow() const;
  core::Failure FailureNow(core::FailureCode code, std::string message) const;
  void FailExchange(core::Failure failure, core::TimePoint now);
  void EndExchange(core::FailureCode failure, core::TimePoint now);
  core::Attempt AttemptRecord(core::FailureCode failure, core::TimePoint now) const;
  void Close();

  ShardLoop& loop_;
  const core::Settings& settings_;
  Dialler& dialler_;
  const core::Destination& destination_;
  TlsSessions& sessions_;
  ConnectionOwner& owner_;

  State state_ = State::kDialling;
  DialProgress dial_;
  std::unique_ptr<Channel> channel_;
  core::TimePoint retire_at_{};  // no item is taken after this
  IdleTimer idle_timer_{*this};
  core::Duration idle_timeout_;
  std::uint64_t answers_ = 0;

  Exchange exchange_;
  std::string head_;       // of the request under way
  std::string tls_block_;  // being written through TLS
  bool writing_ = false;
  ReadBuffer buffer_;
  http::ResponseReader reader_;
};

}  // namespace postern::net

#endif  // POSTERN_NET_HTTP1_CONNECTION_H_
