#ifndef POSTERN_TESTS_HTTP_RESPONSE_FEED_H_
#define POSTERN_TESTS_HTTP_RESPONSE_FEED_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/response_reader.h"

namespace postern::http {

// One answer as a connection would read it.
struct Exchange {
  std::string bytes{};
  RequestKind kind = RequestKind::kOrdinary;
  core::BodyRule rule{core::BodyMode::kKeep, 1000};
  std::optional<StreamEnd> end{};  // after the bytes; empty: the connection stays open
  core::ResponseLimits limits{};
};

// Feeds the pieces like reads from a socket: what was not used comes again with more behind it.
// Tells what came of it, such as
//   "200 keep hello"              a response; the connection may be reused
//   "200 close hello... +7"       truncated, not reusable, and 7 bytes were left over
//   "BAD_RESPONSE"                a failure before the final head was complete
//   "CONNECTION_LOST answered"    a failure after it
//   "more"                        neither yet
std::string Read(const Exchange& exchange, const std::vector<std::string_view>& pieces);

// The outcome of the whole in one piece, having made sure that byte by byte, and in random splits,
// it is the same.
std::string ReadInManySplits(const Exchange& exchange);

}  // namespace postern::http

#endif  // POSTERN_TESTS_HTTP_RESPONSE_FEED_H_
