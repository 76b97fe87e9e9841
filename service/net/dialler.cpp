#include "net/dialler.h"

#include <utility>

#include "core/address_order.h"
#include "net/connect_race.h"

namespace postern::net {
namespace {

using core::Delivery;
using core::Destination;
using core::Endpoint;
using core::Failure;
using core::FailureCode;
using core::IpAddress;
using core::Phase;

Failure DialFailure(FailureCode code, Phase phase, std::string message) {
  return {code, phase, Delivery::kNotSent, std::move(message)};
}

// Closes the channel when the time for the handshake is over.
class HandshakeTimer final : public core::Timer {
 public:
  explicit HandshakeTimer(Channel& channel) : channel_(channel) {}
  bool fired() const { return fired_; }

 private:
  void OnTimer(core::TimePoint) override {
    fired_ = true;
    channel_.Close();
  }

  Channel& channel_;
  bool fired_ = false;
};

// The part of [from, to) after `since`; nothing where the phase did not begin.
core::Duration Overlap(core::TimePoint from, core::TimePoint to, core::TimePoint since) {
  if (from == core::TimePoint{}) return core::Duration::zero();
  return std::max(to - std::max(from, since), core::Duration::zero());
}

}  // namespace

void AddDialTimes(const DialProgress& dial, core::TimePoint since, core::PhaseTimes& times) {
  const auto end_of = [&](core::TimePoint next) {
    return next == core::TimePoint{} ? dial.ended : next;
  };
  times.tls += Overlap(dial.tls_began, dial.ended, since);
  times.connect += Overlap(dial.connect_began, end_of(dial.tls_began), since);
  times.dns += Overlap(dial.dns_began, end_of(dial.connect_began), since);
}

Task<std::unique_ptr<Channel>> Dialler::Dial(Destination destination, TlsSessions& sessions,
                                             DialProgress& progress, Failure& failure) {
  progress.phase = Phase::kDns;
  progress.dns_began = loop_.Now();
  std::unique_ptr<Channel> channel =
      co_await DialInPhases(std::move(destination), sessions, progress, failure);
  progress.ended = loop_.Now();
  co_return channel;
}

Task<std::unique_ptr<Channel>> Dialler::DialInPhases(Destination destination, TlsSessions& sessions,
                                                     DialProgress& progress, Failure& failure) {
  const Resolver::Resolution resolution =
      co_await resolver_.Resolve(destination.host, progress.dns_began + limits_.dns_timeout);
  if (resolution.failure != FailureCode::kNone) {
    failure =
        DialFailure(resolution.failure, Phase::kDns, destination.host + ": " + resolution.error);
    co_return nullptr;
  }
  progress.phase = Phase::kConnect;
  progress.connect_began = loop_.Now();
  std::vector<Endpoint> endpoints;
  if (const std::string_view denial = Permitted(resolution, destination.port, endpoints);
      !denial.empty()) {
    failure =
        DialFailure(FailureCode::kPolicyDenied, Phase::kConnect,
                    destination.host + " is at a forbidden address (" + std::string(denial) + ")");
    co_return nullptr;
  }
  std::optional<TcpSocket> socket = co_await Connect(std::move(endpoints), progress, failure);
  if (!socket) co_return nullptr;
  auto channel = std::make_unique<Channel>(*std::move(socket));
  if (destination.scheme == core::Scheme::kHttps) {
    progress.phase = Phase::kTls;
    progress.tls_began = loop_.Now();
    if (!co_await Secure(*channel, destination, sessions, failure)) co_return nullptr;
  }
  co_return channel;
}

// The endpoints that may be dialled, in order; or why none may. One forbidden address among a name
// server's answers is an attack or a mistake, and nothing of that answer is dialled.
std::string_view Dialler::Permitted(const Resolver::Resolution& resolution, std::uint16_t port,
                                    std::vector<Endpoint>& endpoints) const {
  std::string_view denial;
  for (const IpAddress& address :
       core::InterleaveFamilies(resolution.addresses, limits_.max_addresses)) {
    const std::string_view denied = rules_.Denial(address);
    if (denied.empty()) {
      endpoints.push_back({address, port});
    } else {
      denial = denied;
    }
  }
  return endpoints.empty() || resolution.from_name_server ? denial : std::string_view();
}

Task<std::optional<TcpSocket>> Dialler::Connect(std::vector<Endpoint> endpoints,
                                                DialProgress& progress, Failure& failure) {
  progress.remote = endpoints.front();
  ConnectRace race(loop_.executor(), std::move(endpoints), limits_.happy_eyeballs_delay);
  const core::TimePoint deadline = progress.connect_began + limits_.connect_timeout;
  std::optional<TcpSocket> socket = co_await race.Run(deadline);
  if (const auto endpoint = race.last_endpoint()) progress.remote = endpoint;
  if (socket) {
    error_code ignored;  // a socket that refuses the option still works
    socket->set_option(asio::ip::tcp::no_delay(true), ignored);
    socket->non_blocking(true, ignored);
    co_return socket;
  }
  const std::string remote = progress.remote->ToString();
  failure = race.timed_out()
                ? DialFailure(FailureCode::kTimeout, Phase::kConnect,
                              "connect to " + remote + ": no answer in time")
                : DialFailure(FailureCode::kConnect, Phase::kConnect,
                              "connect to " + remote + ": " + race.last_error().message());
  co_return std::nullopt;
}

Task<bool> Dialler::Secure(Channel& channel, const Destination& destination, TlsSessions& sessions,
                           Failure& failure) {
  channel.tls = std::make_unique<TlsStream>(channel.socket, tls_.context());
  SSL* ssl = channel.tls->native_handle();
  if (const absl::Status prepared = TlsClient::Prepare(ssl, destination, sessions);
      !prepared.ok()) {
    failure = DialFailure(FailureCode::kInternal, Phase::kTls, std::string(prepared.message()));
    co_return false;
  }
  HandshakeTimer timer(channel);
  loop_.Arm(timer, loop_.Now() + limits_.tls_timeout);
  const auto [ec] = co_await channel.tls->async_handshake(asio::ssl::stream_base::client, kUseTask);
  if (timer.fired()) {
    failure = DialFailure(FailureCode::kTimeout, Phase::kTls, "TLS handshake not finished in time");
    co_return false;
  }
  if (ec) {
    failure = DialFailure(FailureCode::kTls, Phase::kTls,
                          destination.host + ": " + TlsClient::HandshakeError(ssl, ec));
    co_return false;
  }
  co_return true;
}

}  // namespace postern::net
