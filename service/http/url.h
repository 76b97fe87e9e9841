#ifndef POSTERN_HTTP_URL_H_
#define POSTERN_HTTP_URL_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "core/destination.h"

namespace postern::http {

struct Url {
  core::Destination destination;
  // Path and query as given, a view into the text: "/a?b", "?b", or empty. May lack the leading
  // slash.
  std::string_view target;
};

// Reads an absolute http or https URL by RFC 3986, with one meaning or none: no userinfo, no
// fragment, no space, control, backslash or non-ASCII character, a port of 1 to 65535. Returns what
// is wrong with it, or an empty string.
std::string ParseUrl(std::string_view text, std::size_t max_bytes, Url& url);

}  // namespace postern::http

#endif  // POSTERN_HTTP_URL_H_
