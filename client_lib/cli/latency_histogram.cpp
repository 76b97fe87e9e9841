#include "cli/latency_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace postern::cli {
namespace {

// Values keep their highest 7 bits: below 128 exactly, above with 64 buckets for each power of two.
constexpr int kKeptBits = 7;
constexpr std::size_t kBucketsPerPower = 1 << (kKeptBits - 1);
constexpr std::size_t kBuckets = (64 - kKeptBits + 2) * kBucketsPerPower;

int DroppedBits(std::uint64_t value) {
  return std::max(0, 64 - std::countl_zero(value) - kKeptBits);
}

std::size_t BucketOf(std::uint64_t value) {
  const int dropped = DroppedBits(value);
  return dropped * kBucketsPerPower + (value >> dropped);
}

// The largest value that falls into the bucket.
std::uint64_t LastOf(std::size_t bucket) {
  if (bucket < 2 * kBucketsPerPower) return bucket;
  const std::size_t dropped = bucket / kBucketsPerPower - 1;
  const std::uint64_t kept = bucket - dropped * kBucketsPerPower;
  return ((kept + 1) << dropped) - 1;
}

}  // namespace

LatencyHistogram::LatencyHistogram() : buckets_(kBuckets) {}

void LatencyHistogram::Add(absl::Duration duration) {
  const std::int64_t us = std::max<std::int64_t>(0, absl::ToInt64Microseconds(duration));
  ++buckets_[BucketOf(static_cast<std::uint64_t>(us))];
  ++count_;
  max_us_ = std::max(max_us_, us);
}

absl::Duration LatencyHistogram::Percentile(double part) const {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(part * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    seen += buckets_[bucket];
    if (seen >= wanted && seen > 0) {
      return std::min(max(), absl::Microseconds(static_cast<std::int64_t>(LastOf(bucket))));
    }
  }
  return absl::ZeroDuration();
}

}  // namespace postern::cli
