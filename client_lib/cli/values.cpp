#include "cli/values.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace postern::cli {
namespace {

constexpr absl::Duration kMaxDuration = absl::Hours(24 * 365 * 10);

absl::Status CheckRange(absl::Duration duration) {
  if (duration < absl::ZeroDuration())
    return absl::InvalidArgumentError("a duration is not negative");
  if (duration > kMaxDuration) return absl::InvalidArgumentError("a duration is at most ten years");
  return absl::OkStatus();
}

// The length of the UTF-8 sequence that starts text, by the table of RFC 3629 section 4; 0 where
// there is none.
std::size_t Utf8SequenceLength(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto continues = [&](std::size_t from, std::size_t length) {
    for (std::size_t i = from; i < length; ++i) {
      if (byte(i) < 0x80 || byte(i) > 0xBF) return false;
    }
    return true;
  };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead < 0xC2   ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                             : lead < 0xF5 ? 4
                                           : 0;
  if (length == 0 || text.size() < length) return 0;
  // Overlong forms, surrogates and values over U+10FFFF show in the second byte.
  const unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (byte(1) < low || byte(1) > high || !continues(2, length)) return 0;
  return length;
}

}  // namespace

absl::StatusOr<absl::Duration> DurationFromSeconds(double seconds) {
  if (!std::isfinite(seconds)) return absl::InvalidArgumentError("a duration is finite");
  const absl::Duration duration = absl::Seconds(seconds);
  if (absl::Status status = CheckRange(duration); !status.ok()) return status;
  return duration;
}

absl::StatusOr<absl::Duration> ParseDuration(const std::string& text) {
  double seconds = 0;
  if (absl::SimpleAtod(text, &seconds)) return DurationFromSeconds(seconds);
  absl::Duration duration;
  if (!absl::ParseDuration(text, &duration)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "'", text, "' is not a duration: write seconds, or a unit as in 250ms, 2s, 1m30s"));
  }
  if (absl::Status status = CheckRange(duration); !status.ok()) return status;
  return duration;
}

google::protobuf::Duration ToProto(absl::Duration duration) {
  google::protobuf::Duration proto;
  absl::Duration rest;
  proto.set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &rest));
  proto.set_nanos(static_cast<std::int32_t>(absl::ToInt64Nanoseconds(rest)));
  return proto;
}

absl::StatusOr<std::uint64_t> ParseSize(const std::string& text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::string unit = absl::AsciiStrToLower(text.substr(digits));
  int shift = 0;
  if (unit == "k" || unit == "kb" || unit == "kib") {
    shift = 10;
  } else if (unit == "m" || unit == "mb" || unit == "mib") {
    shift = 20;
  } else if (unit == "g" || unit == "gb" || unit == "gib") {
    shift = 30;
  } else if (!unit.empty() && unit != "b") {
    return absl::InvalidArgumentError(
        absl::StrCat("'", text, "' is not a size: write bytes, or a unit as in 64k, 1MiB"));
  }
  std::uint64_t number = 0;
  if (!absl::SimpleAtoi(text.substr(0, digits), &number) ||
      number > std::numeric_limits<std::uint64_t>::max() >> shift) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", text, "' is not a size that fits in 64 bits"));
  }
  return number << shift;
}

absl::StatusOr<Header> ParseHeader(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos || colon == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", text, "' is not a header: write 'Name: value'"));
  }
  Header header;
  header.set_name(text.substr(0, colon));
  header.set_value(std::string(absl::StripAsciiWhitespace(text.substr(colon + 1))));
  return header;
}

absl::StatusOr<v1::ResponseBodyPolicy::Mode> ParseBodyMode(const std::string& text) {
  if (text == "keep") return v1::ResponseBodyPolicy::MODE_KEEP;
  if (text == "truncate") return v1::ResponseBodyPolicy::MODE_TRUNCATE;
  if (text == "discard") return v1::ResponseBodyPolicy::MODE_DISCARD;
  return absl::InvalidArgumentError(
      absl::StrCat("'", text, "' is not a body mode: write keep, truncate or discard"));
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = Utf8SequenceLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace postern::cli
