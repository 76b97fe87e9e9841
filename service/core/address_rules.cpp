#include "core/address_rules.h"

#include <algorithm>
#include <array>
#include <optional>

namespace postern::core {
namespace {

struct SpecialRange {
  Cidr range;
  std::string_view name;
};

SpecialRange Range(std::string_view cidr, std::string_view name) {
  return {Cidr::Parse(cidr).value(), name};
}

const std::vector<SpecialRange>& SpecialRanges() {
  static const std::vector<SpecialRange> ranges = {
      Range("0.0.0.0/8", "this network"),
      Range("10.0.0.0/8", "private"),
      Range("100.64.0.0/10", "shared address space"),
      Range("127.0.0.0/8", "loopback"),
      Range("169.254.0.0/16", "link-local"),
      Range("172.16.0.0/12", "private"),
      Range("192.0.0.0/24", "IETF protocol assignments"),
      Range("192.0.2.0/24", "documentation"),
      Range("192.31.196.0/24", "AS112"),
      Range("192.52.193.0/24", "AMT"),
      Range("192.88.99.0/24", "6to4 relay"),
      Range("192.168.0.0/16", "private"),
      Range("192.175.48.0/24", "AS112"),
      Range("198.18.0.0/15", "benchmarking"),
      Range("198.51.100.0/24", "documentation"),
      Range("203.0.113.0/24", "documentation"),
      Range("224.0.0.0/4", "multicast"),
      Range("240.0.0.0/4", "reserved"),
      Range("::/128", "unspecified"),
      Range("::1/128", "loopback"),
      Range("::/96", "IPv4-compatible"),
      Range("64:ff9b:1::/48", "local-use NAT64"),
      Range("100::/64", "discard-only"),
      Range("2001::/23", "IETF protocol assignments"),  // Teredo, ORCHID, benchmarking among them
      Range("2001:db8::/32", "documentation"),
      Range("2620:4f:8000::/48", "AS112"),
      Range("3fff::/20", "documentation"),
      Range("5f00::/16", "segment routing"),
      Range("fc00::/7", "unique local"),
      Range("fe80::/10", "link-local"),
      Range("fec0::/10", "site-local"),
      Range("ff00::/8", "multicast"),
  };
  return ranges;
}

// IPv6 forms whose packets end at an IPv4 address, and where those four bytes stand.
struct Embedding {
  Cidr range;
  int offset;
};

std::optional<IpAddress> EmbeddedV4(const IpAddress& address) {
  static const std::array<Embedding, 3> embeddings = {{
      {Cidr::Parse("::ffff:0.0.0.0/96").value(), 12},  // mapped, RFC 4291 section 2.5.5.2
      {Cidr::Parse("64:ff9b::/96").value(), 12},       // NAT64, RFC 6052
      {Cidr::Parse("2002::/16").value(), 2},           // 6to4, RFC 3056
  }};
  for (const Embedding& embedding : embeddings) {
    if (embedding.range.Contains(address))
      return IpAddress::V4(address.bytes.data() + embedding.offset);
  }
  return std::nullopt;
}

bool IsGlobalUnicastV6(const IpAddress& address) {
  return (address.bytes[0] & 0xe0) == 0x20;
}  // 2000::/3

}  // namespace

std::string_view AddressRules::Denial(const IpAddress& address) const {
  const auto opened = [&](const Cidr& cidr) { return cidr.Contains(address); };
  if (std::any_of(allowed_.begin(), allowed_.end(), opened)) return {};
  if (const std::optional<IpAddress> v4 = EmbeddedV4(address)) return Denial(*v4);
  for (const SpecialRange& special : SpecialRanges()) {
    if (special.range.Contains(address)) return special.name;
  }
  if (address.family == IpAddress::Family::kV6 && !IsGlobalUnicastV6(address))
    return "not global unicast";
  return {};
}

}  // namespace postern::core
