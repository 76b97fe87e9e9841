#include "net/resolver.h"

#include <algorithm>
#include <arpa/inet.h>
#include <utility>

namespace postern::net {
namespace {

using core::FailureCode;
using core::IpAddress;
using core::TimePoint;

bool IsOrEndsWith(std::string_view host, std::string_view domain) {
  if (!host.ends_with(domain)) return false;
  return host.size() == domain.size() || host[host.size() - domain.size() - 1] == '.';
}

std::vector<IpAddress> LoopbackAddresses() {
  return {IpAddress::Parse("::1").value(), IpAddress::Parse("127.0.0.1").value()};
}

}  // namespace

std::optional<IpAddress> SpelledAddress(const std::string& host) {
  if (const std::optional<IpAddress> address = IpAddress::Parse(host)) return address;
  in_addr v4{};
  if (inet_aton(host.c_str(), &v4) == 0) return std::nullopt;
  return IpAddress::V4(reinterpret_cast<const std::uint8_t*>(&v4.s_addr));
}

// A name being looked up, then its answer until it expires.
struct Resolver::Lookup : public core::Timer {
  explicit Lookup(Resolver& owner) : resolver(owner) {}

  Resolver& resolver;
  int families_pending = 2;
  bool done = false;
  Resolution resolution;
  TimePoint expires{};
  core::Duration ttl{0};
  int last_error = 0;
  std::vector<WaitTimer*> waiters;  // each cancelled when the lookup is done

 private:
  void OnTimer(TimePoint) override { resolver.Complete(*this); }  // the other family took too long
};

Resolver::Resolver(ShardLoop& loop, const core::DnsLimits& limits,
                   std::unique_ptr<AresChannel> channel)
    : loop_(loop), limits_(limits), channel_(std::move(channel)) {}

Task<Resolver::Resolution> Resolver::Resolve(std::string host, TimePoint deadline) {
  Resolution known;
  if (const std::optional<IpAddress> address = SpelledAddress(host)) {
    known.addresses = {*address};
    co_return known;
  }
  if (IsOrEndsWith(host, "localhost")) {  // RFC 6761 section 6.3
    known.addresses = LoopbackAddresses();
    co_return known;
  }
  if (IsOrEndsWith(host, "invalid")) {  // RFC 6761 section 6.4
    known.failure = FailureCode::kDns;
    known.error = "no such name: .invalid never exists";
    co_return known;
  }
  const std::shared_ptr<Lookup> lookup = FindOrStart(host);
  if (!lookup->done) {
    WaitTimer wait(loop_.executor(), deadline);
    lookup->waiters.push_back(&wait);
    co_await wait.async_wait(kUseTask);
    std::erase(lookup->waiters, &wait);
  }
  if (!lookup->done) {
    known.failure = FailureCode::kTimeout;
    known.error = "no answer from the name servers in time";
    co_return known;
  }
  co_return lookup->resolution;
}

std::shared_ptr<Resolver::Lookup> Resolver::FindOrStart(const std::string& host) {
  const TimePoint now = loop_.Now();
  if (const auto found = lookups_.find(host); found != lookups_.end()) {
    if (!found->second->done || now < found->second->expires) return found->second;
    lookups_.erase(found);
  }
  if (lookups_.size() >= limits_.max_entries) DropExpired(now);
  auto lookup = std::make_shared<Lookup>(*this);
  if (lookups_.size() < limits_.max_entries) lookups_.emplace(host, lookup);
  for (const auto family : {IpAddress::Family::kV6, IpAddress::Family::kV4}) {
    channel_->Lookup(host, family, [this, lookup](AresChannel::Answer answer) {
      OnAnswer(lookup, std::move(answer));
    });
  }
  return lookup;
}

void Resolver::OnAnswer(const std::shared_ptr<Lookup>& lookup, AresChannel::Answer answer) {
  --lookup->families_pending;
  std::vector<IpAddress>& addresses = lookup->resolution.addresses;
  if (answer.status != ARES_SUCCESS) {
    // "No data" of one family says less than what went wrong with the other.
    if (lookup->last_error == 0 || answer.status != ARES_ENODATA)
      lookup->last_error = answer.status;
  } else {
    const core::Duration ttl = std::clamp(answer.ttl, limits_.min_ttl, limits_.max_ttl);
    lookup->ttl = addresses.empty() ? ttl : std::min(lookup->ttl, ttl);
    addresses.insert(addresses.end(), answer.addresses.begin(), answer.addresses.end());
  }
  if (lookup->families_pending == 0) {
    Complete(*lookup);
  } else if (!addresses.empty()) {
    loop_.Arm(*lookup, loop_.Now() + limits_.resolution_delay);
  }
}

void Resolver::Complete(Lookup& lookup) {
  lookup.Cancel();
  Resolution& resolution = lookup.resolution;
  resolution.from_name_server = true;
  if (resolution.addresses.empty()) {
    resolution.failure =
        lookup.last_error == ARES_ETIMEOUT ? FailureCode::kTimeout : FailureCode::kDns;
    resolution.error =
        lookup.last_error == ARES_ENOTFOUND ? "no such name" : ares_strerror(lookup.last_error);
    lookup.ttl = limits_.failure_ttl;
  }
  // An answer of the second family that comes late is added, and lives no longer than the first.
  if (!lookup.done) lookup.expires = loop_.Now() + lookup.ttl;
  lookup.done = true;
  for (WaitTimer* waiter : std::exchange(lookup.waiters, {})) waiter->cancel();
}

void Resolver::DropExpired(TimePoint now) {
  std::erase_if(lookups_, [now](const auto& entry) {
    return entry.second->done && now >= entry.second->expires;
  });
}

}  // namespace postern::net
