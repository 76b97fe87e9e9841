#include "cli/messages.h"

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"

namespace postern::cli {

std::string BadLineText(const PostOptions& options, std::uint64_t line, const std::string& reason) {
  const std::string file = options.items_path == "-" ? "<stdin>" : options.items_path;
  return absl::StrCat("postern: ", file, ":", line == 0 ? "" : absl::StrCat(line, ":"), " ",
                      reason);
}

std::string CallErrorText(const PostOptions& options, const absl::Status& status) {
  const std::string detail = std::string(status.message());
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
      return absl::StrCat(
          "postern: no working connection to the gate at ", options.target, ": ", detail,
          "\nIs posternd running there? Start it, or name its address with --target or "
          "POSTERN_TARGET.");
    case absl::StatusCode::kDeadlineExceeded:
      return absl::StrCat(
          "postern: the gate did not finish within --rpc-timeout ",
          absl::FormatDuration(options.rpc_timeout.value_or(absl::InfiniteDuration())));
    case absl::StatusCode::kUnimplemented:
      return absl::StrCat("postern: what listens at ", options.target,
                          " is not a gate that this command can talk to: ", detail);
    default:
      return absl::StrCat("postern: the call to the gate at ", options.target,
                          " failed: ", absl::StatusCodeToString(status.code()), ": ", detail);
  }
}

}  // namespace postern::cli
