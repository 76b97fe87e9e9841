#ifndef POSTERN_CORE_DESTINATION_H_
#define POSTERN_CORE_DESTINATION_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace postern::core {

enum class Scheme : std::uint8_t { kHttp, kHttps };

// Where a request goes: what makes two items share an origin and its connections.
struct Destination {
  Scheme scheme = Scheme::kHttp;
  std::string host;  // lower case, no brackets, no trailing dot; a name or the text of an address
  std::uint16_t port = 80;
  // The Host header: the host with brackets where it is IPv6, and the port where it is not the
  // scheme's default.
  std::string authority;

  friend bool operator==(const Destination& a, const Destination& b) {
    return a.scheme == b.scheme && a.port == b.port && a.host == b.host;
  }
};

struct DestinationHash {
  std::size_t operator()(const Destination& destination) const {
    return std::hash<std::string>()(destination.host) * 31 + destination.port * 2u +
           static_cast<std::size_t>(destination.scheme);
  }
};

}  // namespace postern::core

#endif  // POSTERN_CORE_DESTINATION_H_
