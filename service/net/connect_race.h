#ifndef POSTERN_NET_CONNECT_RACE_H_
#define POSTERN_NET_CONNECT_RACE_H_

#include <memory>
#include <optional>
#include <vector>

#include "core/ip_address.h"
#include "net/asio_types.h"

namespace postern::net {

// Connects to whichever endpoint answers first: each next one is tried when the one before failed
// or after a delay, and the others are closed when one is through (RFC 8305 section 5).
class ConnectRace {
 public:
  ConnectRace(Executor executor, std::vector<core::Endpoint> endpoints, core::Duration delay);

  // The connected socket, or empty when all failed or the deadline passed.
  Task<std::optional<TcpSocket>> Run(core::TimePoint deadline);

  bool timed_out() const { return timed_out_; }
  error_code last_error() const { return state_->last_error; }
  // The one connected to, else the last one that was tried.
  std::optional<core::Endpoint> last_endpoint() const { return last_endpoint_; }

 private:
  // Shared with the pending attempts, which may end after the race.
  struct State {
    explicit State(Executor executor) : progress(executor) {}
    std::vector<std::unique_ptr<TcpSocket>> sockets;
    std::size_t failed = 0;
    std::optional<std::size_t> winner;
    error_code last_error;
    WaitTimer progress;  // cancelled whenever an attempt ends
  };

  void StartNext();

  Executor executor_;
  std::vector<core::Endpoint> endpoints_;
  core::Duration delay_;
  std::shared_ptr<State> state_;
  std::optional<core::Endpoint> last_endpoint_;
  bool timed_out_ = false;
};

}  // namespace postern::net

#endif  // POSTERN_NET_CONNECT_RACE_H_
