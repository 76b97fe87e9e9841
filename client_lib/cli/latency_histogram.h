#ifndef POSTERN_CLI_LATENCY_HISTOGRAM_H_
#define POSTERN_CLI_LATENCY_HISTOGRAM_H_

#include <cstdint>
#include <vector>

#include "absl/time/time.h"

namespace postern::cli {

// Durations of any number of items in fixed memory (30 KiB), to the microsecond or 1.6 %, whichever
// is coarser.
class LatencyHistogram {
 public:
  LatencyHistogram();

  // Negative durations count as 0.
  void Add(absl::Duration duration);
  std::uint64_t count() const { return count_; }
  // Exact. 0 while empty.
  absl::Duration max() const { return absl::Microseconds(max_us_); }
  // What the given part (over 0, up to 1) of the durations does not exceed. 0 while empty.
  absl::Duration Percentile(double part) const;

 private:
  std::vector<std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  std::int64_t max_us_ = 0;
};

}  // namespace postern::cli

#endif  // POSTERN_CLI_LATENCY_HISTOGRAM_H_
