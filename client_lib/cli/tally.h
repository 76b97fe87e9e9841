#ifndef POSTERN_CLI_TALLY_H_
#define POSTERN_CLI_TALLY_H_

#include <array>
#include <cstdint>
#include <map>

#include "absl/time/time.h"
#include "cli/latency_histogram.h"
#include "postern/types.h"

namespace postern::cli {

// Which responses count as failed items: none, or with --fail those of status 400 and above.
enum class ErrorStatuses { kSucceed, kFail };

// What became of the items of a run. Not thread-safe.
class Tally {
 public:
  explicit Tally(ErrorStatuses error_statuses) : error_statuses_(error_statuses) {}

  // latency: from sending the item's batch to reading its result.
  void AddResult(const ItemResult& result, absl::Duration latency);
  // Items of a call that failed before their results came.
  void AddMissing(std::uint64_t count) { missing_ += count; }
  void AddBadLine() { ++bad_lines_; }

  // By the first digit of the status; [0] holds those outside of 100 to 999.
  static constexpr std::size_t kStatusClasses = 10;
  const std::array<std::uint64_t, kStatusClasses>& status_classes() const {
    return status_classes_;
  }
  const std::map<FailureCode, std::uint64_t>& failures() const { return failures_; }
  std::uint64_t responses() const { return responses_; }
  std::uint64_t failure_count() const { return failure_count_; }
  std::uint64_t results() const { return responses_ + failure_count_; }
  // Failures, and the responses that count as such.
  std::uint64_t failed() const { return failure_count_ + failed_responses_; }
  std::uint64_t missing() const { return missing_; }
  std::uint64_t bad_lines() const { return bad_lines_; }

  // Of every result.
  const LatencyHistogram& latency() const { return latency_; }
  // Of responses: the last attempt, from sending the request to the last byte of the answer, as the
  // gate saw it.
  const LatencyHistogram& exchange() const { return exchange_; }

 private:
  ErrorStatuses error_statuses_;
  std::array<std::uint64_t, kStatusClasses> status_classes_{};
  std::map<FailureCode, std::uint64_t> failures_;
  std::uint64_t responses_ = 0;
  std::uint64_t failure_count_ = 0;
  std::uint64_t failed_responses_ = 0;
  std::uint64_t missing_ = 0;
  std::uint64_t bad_lines_ = 0;
  LatencyHistogram latency_;
  LatencyHistogram exchange_;
};

}  // namespace postern::cli

#endif  // POSTERN_CLI_TALLY_H_
