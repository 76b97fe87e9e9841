#include "cli/summary.h"

#include <string>

#include <gtest/gtest.h>

#include "cli/tally.h"

namespace postern::cli {
namespace {

ItemResult Response(std::uint32_t status, std::uint32_t wait_us = 0) {
  ItemResult result;
  result.mutable_response()->set_status(status);
  if (wait_us > 0) {
    result.add_attempts()->set_wait_us(999'999);
    Attempt* last = result.add_attempts();
    last->set_send_us(100);
    last->set_wait_us(wait_us);
    last->set_receive_us(200);
    last->set_queue_us(5'000'000);
  }
  return result;
}

ItemResult Failed(FailureCode code) {
  ItemResult result;
  result.mutable_failure()->set_code(code);
  return result;
}

TEST(SummaryTest, TellsEverythingThatHappened) {
  Tally tally(ErrorStatuses::kSucceed);
  tally.AddResult(Response(200, 700), absl::Milliseconds(10));
  tally.AddResult(Response(204, 1700), absl::Milliseconds(20));
  tally.AddResult(Response(404), absl::Milliseconds(30));
  tally.AddResult(Response(503), absl::Milliseconds(40));
  tally.AddResult(Failed(v1::FAILURE_CODE_TIMEOUT), absl::Seconds(2));
  tally.AddResult(Failed(v1::FAILURE_CODE_DNS), absl::Milliseconds(50));
  tally.AddMissing(3);
  tally.AddBadLine();
  EXPECT_EQ(RenderSummary(tally, absl::Seconds(2), Color::kOff),
            "6 results in 2.00 s, 3.0 items/s\n"
            "  responses  4 (2xx 2, 4xx 1, 5xx 1)\n"
            "  failures   2 (DNS 1, TIMEOUT 1)\n"
            "  no result  3\n"
            "  bad lines  1\n"
            "  latency    p50 30.2 ms  p90 2.00 s  p99 2.00 s  max 2.00 s\n"
            "  origin     p50 1.01 ms  p90 2.00 ms  p99 2.00 ms  max 2.00 ms\n");
}

TEST(SummaryTest, OneResultNeedsNoPercentiles) {
  Tally tally(ErrorStatuses::kSucceed);
  tally.AddResult(Response(200), absl::Microseconds(850));
  EXPECT_EQ(RenderSummary(tally, absl::Milliseconds(12), Color::kOff),
            "1 result in 12.0 ms\n"
            "  responses  1 (2xx 1)\n"
            "  latency    850 us\n");
}

TEST(SummaryTest, NothingIsTold) {
  EXPECT_EQ(RenderSummary(Tally(ErrorStatuses::kSucceed), absl::ZeroDuration(), Color::kOff),
            "0 results in 0 us\n");
}

TEST(SummaryTest, ColoursOnlyWhereAsked) {
  Tally tally(ErrorStatuses::kSucceed);
  tally.AddResult(Response(500), absl::Seconds(1));
  EXPECT_EQ(RenderSummary(tally, absl::Seconds(1), Color::kOff).find('\x1b'), std::string::npos);
  EXPECT_NE(RenderSummary(tally, absl::Seconds(1), Color::kOn).find("\x1b[31m5xx 1\x1b[0m"),
            std::string::npos);
}

TEST(TallyTest, AnyResponseSucceedsUnlessErrorStatusesFail) {
  Tally lenient(ErrorStatuses::kSucceed);
  Tally strict(ErrorStatuses::kFail);
  for (Tally* tally : {&lenient, &strict}) {
    tally->AddResult(Response(399), absl::ZeroDuration());
    tally->AddResult(Response(400), absl::ZeroDuration());
    tally->AddResult(Failed(v1::FAILURE_CODE_TLS), absl::ZeroDuration());
  }
  EXPECT_EQ(lenient.failed(), 1);
  EXPECT_EQ(strict.failed(), 2);
  EXPECT_EQ(strict.failure_count(), 1);
}

TEST(TallyTest, OddStatusesAreCountedApart) {
  Tally tally(ErrorStatuses::kSucceed);
  for (const std::uint32_t status : {0U, 99U, 1000U, 4'000'000'000U, 999U}) {
    tally.AddResult(Response(status), absl::ZeroDuration());
  }
  EXPECT_EQ(tally.status_classes()[0], 4);
  EXPECT_EQ(tally.status_classes()[9], 1);
}

TEST(ShortDurationTest, HasThreeDigitsAndAUnit) {
  EXPECT_EQ(ShortDuration(absl::ZeroDuration()), "0 us");
  EXPECT_EQ(ShortDuration(absl::Microseconds(999)), "999 us");
  EXPECT_EQ(ShortDuration(absl::Microseconds(1234)), "1.23 ms");
  EXPECT_EQ(ShortDuration(absl::Milliseconds(12)), "12.0 ms");
  EXPECT_EQ(ShortDuration(absl::Milliseconds(999)), "999 ms");
  EXPECT_EQ(ShortDuration(absl::Milliseconds(1240)), "1.24 s");
  EXPECT_EQ(ShortDuration(absl::Seconds(75)), "75.0 s");
}

}  // namespace
}  // namespace postern::cli
