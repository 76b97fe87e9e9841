// Values as people write them, on the command line and in item lines.
#ifndef POSTERN_CLI_VALUES_H_
#define POSTERN_CLI_VALUES_H_

#include <cstdint>
#include <string>
#include <string_view>

#include <google/protobuf/duration.pb.h>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "postern/types.h"

namespace postern::cli {

// "250ms", "2s", "1m30s", or a plain number of seconds such as "0.5". From 0 to ten years.
absl::StatusOr<absl::Duration> ParseDuration(const std::string& text);
// The same from a number of seconds.
absl::StatusOr<absl::Duration> DurationFromSeconds(double seconds);
google::protobuf::Duration ToProto(absl::Duration duration);

// Bytes: "4096", or with a unit of 1024: "64k", "1MiB", "2g".
absl::StatusOr<std::uint64_t> ParseSize(const std::string& text);

// "Name: value"; the blanks around the value are dropped.
absl::StatusOr<Header> ParseHeader(const std::string& text);

// "keep", "truncate" or "discard".
absl::StatusOr<v1::ResponseBodyPolicy::Mode> ParseBodyMode(const std::string& text);

bool IsUtf8(std::string_view text);

}  // namespace postern::cli

#endif  // POSTERN_CLI_VALUES_H_
