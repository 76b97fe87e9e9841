#ifndef POSTERN_NET_RESOLVER_H_
#define POSTERN_NET_RESOLVER_H_

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/failure.h"
#include "core/ip_address.h"
#include "core/settings.h"
#include "net/ares_channel.h"
#include "net/shard_loop.h"

namespace postern::net {

// Names to addresses for one shard. One lookup serves everyone who waits for the name; answers are
// kept for their TTL within bounds, failures for a moment. A name that does not answer delays
// nobody else.
class Resolver {
 public:
  struct Resolution {
    // kNone, kDns (no such name, a refusing server), or kTimeout.
    core::FailureCode failure = core::FailureCode::kNone;
    std::string error;
    std::vector<core::IpAddress> addresses;  // as answered, not checked against any rule
    bool from_name_server = false;           // rather than known without asking
  };

  Resolver(ShardLoop& loop, const core::DnsLimits& limits, std::unique_ptr<AresChannel> channel);
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // Resolves a host name or the text of an address, in any spelling that the system's resolver
  // would accept.
  Task<Resolution> Resolve(std::string host, core::TimePoint deadline);

 private:
  struct Lookup;

  std::shared_ptr<Lookup> FindOrStart(const std::string& host);
  void OnAnswer(const std::shared_ptr<Lookup>& lookup, AresChannel::Answer answer);
  void Complete(Lookup& lookup);
  void DropExpired(core::TimePoint now);

  ShardLoop& loop_;
  const core::DnsLimits& limits_;
  std::unique_ptr<AresChannel> channel_;
  std::unordered_map<std::string, std::shared_ptr<Lookup>> lookups_;
};

// The address that `host` spells, "0x7f.1" and "2130706433" included (inet_aton); empty where it is
// a name.
std::optional<core::IpAddress> SpelledAddress(const std::string& host);

}  // namespace postern::net

#endif  // POSTERN_NET_RESOLVER_H_
