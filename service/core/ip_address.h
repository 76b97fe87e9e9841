#ifndef POSTERN_CORE_IP_ADDRESS_H_
#define POSTERN_CORE_IP_ADDRESS_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postern::core {

// An IPv4 or IPv6 address in network byte order; IPv4 uses the first four bytes.
struct IpAddress {
  enum class Family : std::uint8_t { kV4, kV6 };

  Family family = Family::kV4;
  std::array<std::uint8_t, 16> bytes{};

  static IpAddress V4(const std::uint8_t* four_bytes);
  static IpAddress V6(const std::uint8_t* sixteen_bytes);
  // Strict: dotted quad or RFC 4291 text, no brackets, no zone. Empty for anything else.
  static std::optional<IpAddress> Parse(std::string_view text);

  int Bits() const { return family == Family::kV4 ? 32 : 128; }
  std::string ToString() const;

  friend bool operator==(const IpAddress&, const IpAddress&) = default;
};

struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;

  std::string ToString() const;  // "192.0.2.1:443", "[2001:db8::1]:443"

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

// A range of addresses, such as 10.0.0.0/8.
struct Cidr {
  IpAddress base;
  int prefix = 0;

  // "10.0.0.0/8", "::1/128", or a single address. Empty where the text is neither, or has bits set
  // after the prefix.
  static std::optional<Cidr> Parse(std::string_view text);

  bool Contains(const IpAddress& address) const;
  std::string ToString() const;
};

}  // namespace postern::core

#endif  // POSTERN_CORE_IP_ADDRESS_H_
