#ifndef POSTERN_HTTP_REQUEST_HEAD_H_
#define POSTERN_HTTP_REQUEST_HEAD_H_

#include <string>

#include "core/item.h"

namespace postern::http {

// Appends the HTTP/1.1 request line and headers, the empty line included. The request must have
// been checked. Written straight into the connection's reused string: cheaper than building a
// message object first.
void AppendRequestHead(const core::Request& request, std::string& out);

}  // namespace postern::http

#endif  // POSTERN_HTTP_REQUEST_HEAD_H_
