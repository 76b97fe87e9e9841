#ifndef POSTERN_CLI_DEMO_ANSWER_H_
#define POSTERN_CLI_DEMO_ANSWER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"

namespace postern::cli {

struct DemoRequest {
  std::string method;
  // Path and query.
  std::string target;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

// What the demo origin does with a request.
struct DemoAnswer {
  enum class Framing { kLength, kChunked };
  enum class Ending {
    kKeepAlive,
    // The connection is reset before the first byte of the answer.
    kReset,
    // The connection is closed after half of the body.
    kCloseMidway,
  };

  unsigned status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  Framing framing = Framing::kLength;
  Ending ending = Ending::kKeepAlive;
  // Before the first byte.
  absl::Duration delay;
  // Over which the body is spread.
  absl::Duration spread;
};

// By the path: see DemoPaths(). An argument out of its range is answered with 400, an unknown path
// with 404.
DemoAnswer AnswerFor(const DemoRequest& request);

// The paths, for people.
std::string_view DemoPaths();

}  // namespace postern::cli

#endif  // POSTERN_CLI_DEMO_ANSWER_H_
