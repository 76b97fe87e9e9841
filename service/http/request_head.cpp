#include "http/request_head.h"

#include <charconv>

#include "http/chars.h"
#include "version.h"

namespace postern::http {
namespace {

constexpr std::string_view kUserAgent = "postern/" POSTERN_VERSION;

// Methods whose requests say "Content-Length: 0" rather than nothing (RFC 9110 section 8.6).
bool AnticipatesContent(std::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

void AppendHeader(std::string_view name, std::string_view value, std::string& out) {
  out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

void AppendRequestHead(const core::Request& request, std::string& out) {
  out.append(request.method).append(" ");
  if (request.target.empty() || request.target.front() != '/') out.append("/");
  out.append(request.target).append(" HTTP/1.1\r\n");
  AppendHeader("Host", request.destination->authority, out);
  bool has_user_agent = false;
  for (const core::HeaderView& header : request.headers) {
    AppendHeader(header.name, header.value, out);
    has_user_agent = has_user_agent || EqualsIgnoreCase(header.name, "User-Agent");
  }
  if (!has_user_agent) AppendHeader("User-Agent", kUserAgent, out);
  if (!request.idempotency_key.empty())
    AppendHeader("Idempotency-Key", request.idempotency_key, out);
  if (!request.body.empty() || AnticipatesContent(request.method)) {
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof digits, request.body.size()).ptr;
    AppendHeader("Content-Length", std::string_view(digits, static_cast<std::size_t>(end - digits)),
                 out);
  }
  out.append("\r\n");
}

}  // namespace postern::http
