#include "net/connect_race.h"

#include <algorithm>
#include <utility>

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>

namespace postern::net {
namespace {

using core::Clock;
using core::Endpoint;
using core::IpAddress;

asio::ip::tcp::endpoint ToAsio(const Endpoint& endpoint) {
  if (endpoint.address.family == IpAddress::Family::kV4) {
    asio::ip::address_v4::bytes_type bytes;
    std::copy_n(endpoint.address.bytes.begin(), bytes.size(), bytes.begin());
    return {asio::ip::address_v4(bytes), endpoint.port};
  }
  asio::ip::address_v6::bytes_type bytes;
  std::copy_n(endpoint.address.bytes.begin(), bytes.size(), bytes.begin());
  return {asio::ip::address_v6(bytes), endpoint.port};
}

}  // namespace

ConnectRace::ConnectRace(Executor executor, std::vector<Endpoint> endpoints, core::Duration delay)
    : executor_(executor),
      endpoints_(std::move(endpoints)),
      delay_(delay),
      state_(std::make_shared<State>(executor)) {}

Task<std::optional<TcpSocket>> ConnectRace::Run(core::TimePoint deadline) {
  State& state = *state_;
  for (;;) {
    if (state.sockets.size() < endpoints_.size()) StartNext();
    const bool more = state.sockets.size() < endpoints_.size();
    state.progress.expires_at(more ? std::min(Clock::now() + delay_, deadline) : deadline);
    if (!state.winner && state.failed < state.sockets.size())
      co_await state.progress.async_wait(kUseTask);
    if (state.winner) break;
    if (state.failed == endpoints_.size()) break;
    timed_out_ = Clock::now() >= deadline;
    if (timed_out_) break;
  }
  std::optional<TcpSocket> connected;
  if (state.winner) {
    last_endpoint_ = endpoints_[*state.winner];
    connected.emplace(std::move(*state.sockets[*state.winner]));
  }
  for (const std::unique_ptr<TcpSocket>& socket : state.sockets) {
    error_code ignored;
    socket->close(ignored);
  }
  co_return connected;
}

void ConnectRace::StartNext() {
  const std::size_t index = state_->sockets.size();
  last_endpoint_ = endpoints_[index];
  state_->sockets.push_back(std::make_unique<TcpSocket>(executor_));
  const asio::ip::tcp::endpoint endpoint = ToAsio(endpoints_[index]);
  error_code ec;
  state_->sockets[index]->open(endpoint.protocol(), ec);
  if (ec) {
    state_->last_error = ec;
    ++state_->failed;
    return;
  }
  state_->sockets[index]->async_connect(endpoint, [state = state_, index](error_code error) {
    if (!error && !state->winner) {
      state->winner = index;
    } else if (error) {
      state->last_error = error;
      ++state->failed;
    }
    state->progress.cancel();
  });
}

}  // namespace postern::net
