#ifndef POSTERN_NET_DIALLER_H_
#define POSTERN_NET_DIALLER_H_

#include <memory>
#include <optional>
#include <vector>

#include "core/address_rules.h"
#include "core/destination.h"
#include "core/failure.h"
#include "core/result.h"
#include "core/settings.h"
#include "net/resolver.h"
#include "net/shard_loop.h"
#include "net/tls_client.h"

namespace postern::net {

// How far a dial has come. The times are those at which a phase began; unset where it did not.
struct DialProgress {
  core::Phase phase = core::Phase::kNone;
  core::TimePoint dns_began{};
  core::TimePoint connect_began{};
  core::TimePoint tls_began{};
  core::TimePoint ended{};
  std::optional<core::Endpoint> remote;
};

// Adds the parts of the dial's phases that lie after `since`: what an item queued then has waited
// for.
void AddDialTimes(const DialProgress& dial, core::TimePoint since, core::PhaseTimes& times);

// An open connection: TCP, or TLS over it.
struct Channel {
  explicit Channel(TcpSocket connected) : socket(std::move(connected)) {}

  // Ends both directions at once; pending operations complete with operation_aborted.
  void Close() {
    // Otherwise OpenSSL takes the missing close_notify for a fault of the session and forbids its
    // resumption.
    if (tls) SSL_set_shutdown(tls->native_handle(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    error_code ignored;
    socket.close(ignored);
  }

  TcpSocket socket;
  std::unique_ptr<TlsStream> tls;  // over `socket`; null for plain TCP
};

// Opens connections: resolve, check every address against the rules, connect to one of exactly
// those addresses, shake hands. The only place of the gate that dials.
class Dialler {
 public:
  Dialler(ShardLoop& loop, const core::DialLimits& limits, const core::AddressRules& rules,
          Resolver& resolver, TlsClient& tls)
      : loop_(loop), limits_(limits), rules_(rules), resolver_(resolver), tls_(tls) {}

  // Returns an open channel, or null and the failure: kDns, kPolicyDenied, kConnect, kTls or
  // kTimeout. `progress` and `sessions` must outlive the call, `sessions` also the channel.
  Task<std::unique_ptr<Channel>> Dial(core::Destination destination, TlsSessions& sessions,
                                      DialProgress& progress, core::Failure& failure);

 private:
  Task<std::unique_ptr<Channel>> DialInPhases(core::Destination destination, TlsSessions& sessions,
                                              DialProgress& progress, core::Failure& failure);
  std::string_view Permitted(const Resolver::Resolution& resolution, std::uint16_t port,
                             std::vector<core::Endpoint>& endpoints) const;
  Task<std::optional<TcpSocket>> Connect(std::vector<core::Endpoint> endpoints,
                                         DialProgress& progress, core::Failure& failure);
  Task<bool> Secure(Channel& channel, const core::Destination& destination, TlsSessions& sessions,
                    core::Failure& failure);

  ShardLoop& loop_;
  const core::DialLimits& limits_;
  const core::AddressRules& rules_;
  Resolver& resolver_;
  TlsClient& tls_;
};

}  // namespace postern::net

#endif  // POSTERN_NET_DIALLER_H_
