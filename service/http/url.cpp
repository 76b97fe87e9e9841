#include "http/url.h"

#include <charconv>
#include <optional>

#include "core/ip_address.h"
#include "http/chars.h"

namespace postern::http {
namespace {

using core::Destination;
using core::IpAddress;
using core::Scheme;

constexpr std::size_t kMaxNameBytes = 253;  // RFC 1035 section 2.3.4, as text
constexpr std::size_t kMaxLabelBytes = 63;

std::uint16_t DefaultPort(Scheme scheme) { return scheme == Scheme::kHttps ? 443 : 80; }

std::string ForbiddenCharacter(char c, std::size_t position) {
  constexpr std::string_view kHex = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  return std::string("character 0x") + kHex[byte / 16] + kHex[byte % 16] + " at byte " +
         std::to_string(position) + " is not allowed in a URL; percent-encode it";
}

// unreserved, sub-delims, ":", "@", "/", "?" and "%": what path and query are made of (RFC 3986
// appendix A).
bool IsTargetChar(char c) {
  return IsAlpha(c) || IsDigit(c) ||
         std::string_view("-._~!$&'()*+,;=:@/?%").find(c) != std::string_view::npos;
}

std::string CheckTarget(std::string_view target, std::size_t offset) {
  for (std::size_t i = 0; i < target.size(); ++i) {
    const char c = target[i];
    if (c == '#') return "has a fragment (#...), which is never sent to an origin";
    if (!IsTargetChar(c)) return ForbiddenCharacter(c, offset + i);
    if (c == '%' &&
        (i + 2 >= target.size() || !IsHexDigit(target[i + 1]) || !IsHexDigit(target[i + 2]))) {
      return "% at byte " + std::to_string(offset + i) +
             " is not followed by two hexadecimal digits";
    }
  }
  return {};
}

std::string CheckName(std::string_view name) {
  if (name.size() > kMaxNameBytes) return "host name is longer than 253 bytes";
  while (!name.empty()) {
    const std::size_t dot = std::min(name.find('.'), name.size());
    if (dot == 0) return "host name has an empty label";
    if (dot > kMaxLabelBytes) return "host name has a label of more than 63 bytes";
    if (dot + 1 == name.size()) return "host name has an empty label";
    name.remove_prefix(std::min(dot + 1, name.size()));
  }
  return {};
}

std::string ParseName(std::string_view text, std::size_t offset, Destination& destination) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%') return "host has a percent-encoded character, which no host name has";
    if (static_cast<unsigned char>(c) >= 0x80)
      return "host has a non-ASCII character; write it in its xn-- form";
    if (!IsAlpha(c) && !IsDigit(c) && c != '-' && c != '.' && c != '_')
      return ForbiddenCharacter(c, offset + i);
    destination.host.push_back(ToLower(c));
  }
  // One trailing dot marks a fully qualified name; it is not part of the name for TLS and policy.
  if (!destination.host.empty() && destination.host.back() == '.') destination.host.pop_back();
  if (destination.host.empty()) return "has no host";
  return CheckName(destination.host);
}

std::string ParsePort(std::string_view digits, std::uint16_t& port) {
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, port);
  if (error != std::errc() || stop != end || port == 0)
    return "port must be a number from 1 to 65535";
  return {};
}

std::string ParseAuthority(std::string_view authority, std::size_t offset,
                           Destination& destination) {
  if (authority.find('@') != std::string_view::npos)
    return "has user information (user@host), which is not accepted";
  std::string_view rest;
  const bool bracketed = !authority.empty() && authority.front() == '[';
  if (bracketed) {
    const std::size_t close = authority.find(']');
    const std::string_view text = authority.substr(1, std::min(close, authority.size()) - 1);
    const std::optional<IpAddress> address = IpAddress::Parse(text);
    if (close == std::string_view::npos || !address || address->family != IpAddress::Family::kV6) {
      return "[...] does not hold an IPv6 address";
    }
    destination.host = address->ToString();
    rest = authority.substr(close + 1);
    if (!rest.empty() && rest.front() != ':') return "has text between ] and the port";
  } else {
    const std::size_t colon = std::min(authority.find(':'), authority.size());
    if (std::string error = ParseName(authority.substr(0, colon), offset, destination);
        !error.empty())
      return error;
    rest = authority.substr(colon);
  }
  destination.port = DefaultPort(destination.scheme);
  if (!rest.empty()) {
    if (std::string error = ParsePort(rest.substr(1), destination.port); !error.empty())
      return error;
  }
  destination.authority = bracketed ? "[" + destination.host + "]" : destination.host;
  if (destination.port != DefaultPort(destination.scheme)) {
    destination.authority += ":" + std::to_string(destination.port);
  }
  return {};
}

}  // namespace

std::string ParseUrl(std::string_view text, std::size_t max_bytes, Url& url) {
  url = Url{};
  if (text.empty()) return "is missing";
  if (text.size() > max_bytes) return "is longer than " + std::to_string(max_bytes) + " bytes";
  const std::size_t colon = std::min(text.find("://"), text.size());
  const std::string_view scheme = text.substr(0, colon);
  if (EqualsIgnoreCase(scheme, "https")) {
    url.destination.scheme = Scheme::kHttps;
  } else if (!EqualsIgnoreCase(scheme, "http")) {
    return "must start with http:// or https://";
  }
  const std::size_t start = colon + 3;
  if (start > text.size()) return "must start with http:// or https://";
  const std::size_t end = std::min(text.find_first_of("/?#", start), text.size());
  std::string error = ParseAuthority(text.substr(start, end - start), start, url.destination);
  if (!error.empty()) return error;
  url.target = text.substr(end);
  return CheckTarget(url.target, end);
}

}  // namespace postern::http
