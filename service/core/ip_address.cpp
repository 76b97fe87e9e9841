#include "core/ip_address.h"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>

namespace postern::core {

IpAddress IpAddress::V4(const std::uint8_t* four_bytes) {
  IpAddress address;
  std::copy_n(four_bytes, 4, address.bytes.begin());
  return address;
}

IpAddress IpAddress::V6(const std::uint8_t* sixteen_bytes) {
  IpAddress address;
  address.family = Family::kV6;
  std::copy_n(sixteen_bytes, 16, address.bytes.begin());
  return address;
}

std::optional<IpAddress> IpAddress::Parse(std::string_view text) {
  const std::string terminated(text);
  if (terminated.size() != std::string_view(terminated.c_str()).size())
    return std::nullopt;  // a NUL within
  IpAddress address;
  if (inet_pton(AF_INET, terminated.c_str(), address.bytes.data()) == 1) return address;
  address.family = Family::kV6;
  if (inet_pton(AF_INET6, terminated.c_str(), address.bytes.data()) == 1) return address;
  return std::nullopt;
}

std::string IpAddress::ToString() const {
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(family == Family::kV4 ? AF_INET : AF_INET6, bytes.data(), text, sizeof text);
  return text;
}

std::string Endpoint::ToString() const {
  const std::string host = address.ToString();
  const std::string port_text = std::to_string(port);
  return address.family == IpAddress::Family::kV4 ? host + ":" + port_text
                                                  : "[" + host + "]:" + port_text;
}

std::optional<Cidr> Cidr::Parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::optional<IpAddress> base = IpAddress::Parse(text.substr(0, slash));
  if (!base) return std::nullopt;
  Cidr cidr{*base, base->Bits()};
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const char* end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, cidr.prefix);
    if (error != std::errc() || stop != end || cidr.prefix < 0 || cidr.prefix > base->Bits())
      return std::nullopt;
  }
  for (int bit = cidr.prefix; bit < base->Bits(); ++bit) {
    if (base->bytes[bit / 8] & (0x80 >> (bit % 8))) return std::nullopt;
  }
  return cidr;
}

bool Cidr::Contains(const IpAddress& address) const {
  if (address.family != base.family) return false;
  const int whole = prefix / 8;
  if (!std::equal(base.bytes.begin(), base.bytes.begin() + whole, address.bytes.begin()))
    return false;
  const int rest = prefix % 8;
  if (rest == 0) return true;
  const int mask = 0xff & (0xff << (8 - rest));
  return (base.bytes[whole] & mask) == (address.bytes[whole] & mask);
}

std::string Cidr::ToString() const { return base.ToString() + "/" + std::to_string(prefix); }

}  // namespace postern::core
