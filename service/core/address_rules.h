#ifndef POSTERN_CORE_ADDRESS_RULES_H_
#define POSTERN_CORE_ADDRESS_RULES_H_

#include <string_view>
#include <vector>

#include "core/ip_address.h"

namespace postern::core {

// Which addresses may be dialled: public unicast ones, and what has been opened on purpose.
// Source: the IANA IPv4 and IPv6 special-purpose address registries (RFC 6890), and RFC 5771, 4291
// for multicast.
class AddressRules {
 public:
  AddressRules() = default;
  explicit AddressRules(std::vector<Cidr> allowed) : allowed_(std::move(allowed)) {}

  // Why the address must not be dialled, such as "loopback"; empty where it may be. An IPv6 address
  // that embeds an IPv4 one (mapped, NAT64, 6to4) is judged by both.
  std::string_view Denial(const IpAddress& address) const;

 private:
  std::vector<Cidr> allowed_;
};

}  // namespace postern::core

#endif  // POSTERN_CORE_ADDRESS_RULES_H_
