#include "core/address_order.h"

namespace postern::core {

std::vector<IpAddress> InterleaveFamilies(const std::vector<IpAddress>& addresses,
                                          std::size_t limit) {
  std::vector<IpAddress> v6;
  std::vector<IpAddress> v4;
  for (const IpAddress& address : addresses) {
    (address.family == IpAddress::Family::kV6 ? v6 : v4).push_back(address);
  }
  std::vector<IpAddress> ordered;
  for (std::size_t i = 0; ordered.size() < limit && (i < v6.size() || i < v4.size()); ++i) {
    if (i < v6.size()) ordered.push_back(v6[i]);
    if (i < v4.size() && ordered.size() < limit) ordered.push_back(v4[i]);
  }
  return ordered;
}

}  // namespace postern::core
