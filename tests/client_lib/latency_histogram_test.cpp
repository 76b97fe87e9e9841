#include "cli/latency_histogram.h"

#include <gtest/gtest.h>

namespace postern::cli {
namespace {

TEST(LatencyHistogramTest, EmptyIsZero) {
  const LatencyHistogram histogram;
  EXPECT_EQ(histogram.count(), 0);
  EXPECT_EQ(histogram.max(), absl::ZeroDuration());
  EXPECT_EQ(histogram.Percentile(0.99), absl::ZeroDuration());
}

TEST(LatencyHistogramTest, SmallValuesAreExact) {
  LatencyHistogram histogram;
  for (int us = 1; us <= 100; ++us) histogram.Add(absl::Microseconds(us));
  EXPECT_EQ(histogram.Percentile(0.01), absl::Microseconds(1));
  EXPECT_EQ(histogram.Percentile(0.50), absl::Microseconds(50));
  EXPECT_EQ(histogram.Percentile(0.99), absl::Microseconds(99));
  EXPECT_EQ(histogram.Percentile(1), absl::Microseconds(100));
  EXPECT_EQ(histogram.max(), absl::Microseconds(100));
}

TEST(LatencyHistogramTest, LargeValuesAreWithinThePromisedError) {
  for (std::int64_t us = 127; us < 100'000'000'000; us = us * 5 / 4) {
    LatencyHistogram histogram;
    histogram.Add(absl::Microseconds(us));
    histogram.Add(absl::Microseconds(us * 2));
    const std::int64_t median = absl::ToInt64Microseconds(histogram.Percentile(0.5));
    EXPECT_GE(median, us);
    EXPECT_LE(static_cast<double>(median), static_cast<double>(us) * 1.016) << us;
  }
}

TEST(LatencyHistogramTest, NeverPassesTheMaximum) {
  LatencyHistogram histogram;
  histogram.Add(absl::Microseconds(1'000'001));
  EXPECT_EQ(histogram.Percentile(0.5), absl::Microseconds(1'000'001));
}

TEST(LatencyHistogramTest, TakesTheExtremes) {
  LatencyHistogram histogram;
  histogram.Add(absl::Microseconds(-5));
  EXPECT_EQ(histogram.max(), absl::ZeroDuration());
  histogram.Add(absl::InfiniteDuration());
  EXPECT_EQ(histogram.count(), 2);
  EXPECT_EQ(histogram.Percentile(0.5), absl::ZeroDuration());
  EXPECT_GT(histogram.Percentile(1), absl::Hours(24 * 365 * 1000));
}

}  // namespace
}  // namespace postern::cli
