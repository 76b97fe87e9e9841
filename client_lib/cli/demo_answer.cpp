#include "cli/demo_answer.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace postern::cli {
namespace {

constexpr std::uint64_t kMaxBytes = std::uint64_t{256} << 20;
constexpr double kMaxSeconds = 600;
constexpr std::uint64_t kMidwayBytes = 1000;
constexpr const char* kText = "text/plain; charset=utf-8";
constexpr const char* kBytes = "application/octet-stream";

constexpr std::string_view kPaths = R"(The demo origin of postern. Any method will do.
  /echo                     the request's body, with its content-type; its
                            method, path and headers as x-echo-* headers
  /status/N                 status N, 200 to 599
  /delay/SECONDS            200 after so long, up to 600; fractions allowed
  /drip?bytes=N&seconds=S   N bytes spread over S seconds
  /bytes/N                  N bytes with a content-length, up to 256 MiB
  /chunked/N                N bytes in chunks
  /close                    closes the connection in the middle of the body
  /reset                    resets the connection before answering
)";

DemoAnswer Text(unsigned status, std::string text) {
  DemoAnswer answer;
  answer.status = status;
  answer.headers = {{"content-type", kText}};
  answer.body = std::move(text);
  return answer;
}

DemoAnswer BadArgument(const std::string& reason) { return Text(400, reason + "\n"); }

DemoAnswer Bytes(std::uint64_t count) {
  constexpr std::string_view kPattern = "0123456789abcdef";
  DemoAnswer answer;
  answer.headers = {{"content-type", kBytes}};
  answer.body.reserve(count);
  while (answer.body.size() < count) {
    answer.body +=
        kPattern.substr(0, std::min<std::uint64_t>(kPattern.size(), count - answer.body.size()));
  }
  return answer;
}

std::optional<std::uint64_t> ByteCount(const std::string& text) {
  std::uint64_t count = 0;
  if (!absl::SimpleAtoi(text, &count) || count > kMaxBytes) return std::nullopt;
  return count;
}

std::optional<absl::Duration> Pause(const std::string& text) {
  double seconds = 0;
  if (!absl::SimpleAtod(text, &seconds) || !(seconds >= 0 && seconds <= kMaxSeconds))
    return std::nullopt;
  return absl::Seconds(seconds);
}

DemoAnswer Echo(const DemoRequest& request) {
  DemoAnswer answer;
  std::string content_type = kBytes;
  answer.headers = {{"x-echo-method", request.method}, {"x-echo-target", request.target}};
  for (const auto& [name, value] : request.headers) {
    if (absl::EqualsIgnoreCase(name, "content-type")) content_type = value;
    answer.headers.emplace_back(absl::StrCat("x-echo-", absl::AsciiStrToLower(name)), value);
  }
  answer.headers.emplace_back("content-type", content_type);
  answer.body = request.body;
  return answer;
}

DemoAnswer Status(const std::string& argument) {
  unsigned status = 0;
  if (!absl::SimpleAtoi(argument, &status) || status < 200 || status > 599) {
    return BadArgument("/status/N: N is 200 to 599");
  }
  return Text(status, absl::StrCat("status ", status, "\n"));
}

DemoAnswer Delay(const std::string& argument) {
  const std::optional<absl::Duration> delay = Pause(argument);
  if (!delay.has_value()) return BadArgument("/delay/SECONDS: up to 600 seconds");
  DemoAnswer answer = Text(200, absl::StrCat("waited ", argument, " s\n"));
  answer.delay = *delay;
  return answer;
}

DemoAnswer Drip(const std::string& query) {
  std::map<std::string, std::string> arguments;
  for (const auto part : absl::StrSplit(query, '&')) {
    const std::pair<std::string, std::string> argument =
        absl::StrSplit(part, absl::MaxSplits('=', 1));
    arguments.insert(argument);
  }
  const std::optional<std::uint64_t> count = ByteCount(arguments["bytes"]);
  const std::optional<absl::Duration> spread = Pause(arguments["seconds"]);
  if (!count.has_value() || !spread.has_value()) {
    return BadArgument("/drip?bytes=N&seconds=S: up to 256 MiB, up to 600 seconds");
  }
  DemoAnswer answer = Bytes(*count);
  answer.spread = *spread;
  return answer;
}

DemoAnswer CountedBytes(const std::string& argument, DemoAnswer::Framing framing) {
  const std::optional<std::uint64_t> count = ByteCount(argument);
  if (!count.has_value()) return BadArgument("N is a number of bytes, up to 256 MiB");
  DemoAnswer answer = Bytes(*count);
  answer.framing = framing;
  return answer;
}

}  // namespace

std::string_view DemoPaths() { return kPaths; }

DemoAnswer AnswerFor(const DemoRequest& request) {
  const std::pair<std::string, std::string> target =
      absl::StrSplit(request.target, absl::MaxSplits('?', 1));
  const auto& [path, query] = target;
  // "/status/204" is the page "status" with the argument "204".
  const std::pair<std::string, std::string> page_and_argument =
      absl::StrSplit(absl::StripPrefix(path, "/"), absl::MaxSplits('/', 1));
  const auto& [page, argument] = page_and_argument;
  if (page.empty()) return Text(200, std::string(kPaths));
  if (page == "echo") return Echo(request);
  if (page == "status") return Status(argument);
  if (page == "delay") return Delay(argument);
  if (page == "drip") return Drip(query);
  if (page == "bytes") return CountedBytes(argument, DemoAnswer::Framing::kLength);
  if (page == "chunked") return CountedBytes(argument, DemoAnswer::Framing::kChunked);
  if (page == "reset" || page == "close") {
    DemoAnswer answer = Bytes(kMidwayBytes);
    answer.ending = page == "reset" ? DemoAnswer::Ending::kReset : DemoAnswer::Ending::kCloseMidway;
    return answer;
  }
  return Text(404, absl::StrCat("no such path\n\n", std::string(kPaths)));
}

}  // namespace postern::cli
