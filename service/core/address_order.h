#ifndef POSTERN_CORE_ADDRESS_ORDER_H_
#define POSTERN_CORE_ADDRESS_ORDER_H_

#include <vector>

#include "core/ip_address.h"

namespace postern::core {

// The order in which addresses are tried: IPv6 first, families in turn, each in the order given; at
// most `limit`. RFC 8305 section 4.
std::vector<IpAddress> InterleaveFamilies(const std::vector<IpAddress>& addresses,
                                          std::size_t limit);

}  // namespace postern::core

#endif  // POSTERN_CORE_ADDRESS_ORDER_H_
