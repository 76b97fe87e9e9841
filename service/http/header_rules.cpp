#include "http/header_rules.h"

#include <algorithm>
#include <array>

#include "http/chars.h"

namespace postern::http {
namespace {

constexpr std::array<std::string_view, 10> kGateHeaders = {
    "connection", "content-length",    "expect",  "host", "http2-settings", "keep-alive", "te",
    "trailer",    "transfer-encoding", "upgrade",
};

bool BelongsToGate(std::string_view name) {
  constexpr std::string_view kProxyPrefix = "proxy-";
  if (name.size() >= kProxyPrefix.size() &&
      EqualsIgnoreCase(name.substr(0, kProxyPrefix.size()), kProxyPrefix)) {
    return true;
  }
  return std::any_of(kGateHeaders.begin(), kGateHeaders.end(), [&](std::string_view gate_header) {
    return EqualsIgnoreCase(name, gate_header);
  });
}

// field-vchar, SP and HTAB (RFC 9110 section 5.5): no CR, LF, NUL or other control.
bool IsFieldValueChar(char c) {
  return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
}

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

}  // namespace

std::string CheckRequestHeader(std::string_view name, std::string_view value) {
  if (!IsToken(name))
    return name.empty() ? "name is empty" : "name is not a token (RFC 9110 section 5.6.2)";
  if (BelongsToGate(name)) return "set by the gate, not by callers";
  if (!std::all_of(value.begin(), value.end(), IsFieldValueChar)) {
    return "value has a control character such as CR, LF or NUL";
  }
  if (!value.empty() && (IsBlank(value.front()) || IsBlank(value.back()))) {
    return "value starts or ends with white space";
  }
  return {};
}

std::string CheckMethod(std::string_view method, std::size_t max_bytes) {
  if (!IsToken(method)) return "is not a token (RFC 9110 section 9.1)";
  if (method.size() > max_bytes) return "is longer than " + std::to_string(max_bytes) + " bytes";
  if (EqualsIgnoreCase(method, "CONNECT") || EqualsIgnoreCase(method, "TRACE")) {
    return std::string(method) + " is not carried by the gate";
  }
  return {};
}

}  // namespace postern::http
