#ifndef POSTERN_HTTP_HEADER_RULES_H_
#define POSTERN_HTTP_HEADER_RULES_H_

#include <string>
#include <string_view>

namespace postern::http {

// What is wrong with a request header that a caller set; empty where it may be sent. Framing,
// connection and proxy headers belong to the gate (RFC 9110 section 7.6.1), as does Host.
std::string CheckRequestHeader(std::string_view name, std::string_view value);

// What is wrong with a method; empty where it may be sent.
std::string CheckMethod(std::string_view method, std::size_t max_bytes);

}  // namespace postern::http

#endif  // POSTERN_HTTP_HEADER_RULES_H_
