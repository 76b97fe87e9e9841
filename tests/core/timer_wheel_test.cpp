#include "core/timer_wheel.h"

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace postern::core {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr TimePoint kStart{hours(1000)};
constexpr std::int64_t kSlots = 64;

class Recorder final : public Timer {
 public:
  explicit Recorder(std::function<void(TimePoint)> on_timer = {})
      : on_timer_(std::move(on_timer)) {}

  std::vector<TimePoint> fired;

 private:
  void OnTimer(TimePoint now) override {
    EXPECT_FALSE(armed()) << "a firing timer is disarmed, so that it may arm itself again";
    fired.push_back(now);
    if (on_timer_) on_timer_(now);
  }

  std::function<void(TimePoint)> on_timer_;
};

// Calls Advance only when NextAdvance says so, up to `end`; returns how often it did.
int RunUntil(TimerWheel& wheel, TimePoint end) {
  int steps = 0;
  for (auto next = wheel.NextAdvance(); next && *next <= end; next = wheel.NextAdvance()) {
    wheel.Advance(*next);
    ++steps;
  }
  return steps;
}

TEST(TimerWheelTest, HasNothingToDoWithoutTimers) {
  TimerWheel wheel(kStart);
  EXPECT_EQ(wheel.NextAdvance(), std::nullopt);
  wheel.Advance(kStart + hours(100));
  EXPECT_EQ(wheel.NextAdvance(), std::nullopt);
}

TEST(TimerWheelTest, FiresAtItsTickAndNotBefore) {
  for (const std::int64_t ms : {1, 2, 63, 64, 65, 4095, 4096, 4097, 262143, 262144, 262145}) {
    TimerWheel wheel(kStart);
    Recorder timer;
    const TimePoint at = kStart + milliseconds(ms);
    wheel.Arm(timer, at);
    wheel.Advance(at - nanoseconds(1));
    EXPECT_TRUE(timer.fired.empty()) << ms;
    EXPECT_TRUE(timer.armed()) << ms;
    wheel.Advance(at);
    EXPECT_EQ(timer.fired, std::vector{at}) << ms;
    EXPECT_FALSE(timer.armed()) << ms;
  }
}

TEST(TimerWheelTest, RoundsUpToTheNextTick) {
  TimerWheel wheel(kStart);
  Recorder timer;
  wheel.Arm(timer, kStart + microseconds(1500));
  wheel.Advance(kStart + microseconds(1999));
  EXPECT_TRUE(timer.fired.empty());
  wheel.Advance(kStart + milliseconds(2));
  EXPECT_EQ(timer.fired.size(), 1u);
}

TEST(TimerWheelTest, FiresAPastTimeAtTheNextTick) {
  TimerWheel wheel(kStart);
  wheel.Advance(kStart + milliseconds(100));
  Recorder past;
  Recorder before_start;
  wheel.Arm(past, kStart + milliseconds(5));
  wheel.Arm(before_start, kStart - hours(1));
  ASSERT_TRUE(wheel.NextAdvance());
  EXPECT_LE(*wheel.NextAdvance(), kStart + milliseconds(101));
  wheel.Advance(kStart + milliseconds(101));
  EXPECT_EQ(past.fired.size(), 1u);
  EXPECT_EQ(before_start.fired.size(), 1u);
}

TEST(TimerWheelTest, ArmingAgainMovesTheTimer) {
  TimerWheel wheel(kStart);
  Recorder timer;
  wheel.Arm(timer, kStart + milliseconds(10));
  wheel.Arm(timer, kStart + milliseconds(5000));
  EXPECT_EQ(timer.at(), kStart + milliseconds(5000));
  wheel.Advance(kStart + milliseconds(4999));
  EXPECT_TRUE(timer.fired.empty());
  wheel.Arm(timer, kStart + milliseconds(5001));
  wheel.Advance(kStart + milliseconds(5000));
  EXPECT_TRUE(timer.fired.empty());
  wheel.Advance(kStart + milliseconds(5001));
  EXPECT_EQ(timer.fired.size(), 1u);
}

TEST(TimerWheelTest, NeverFiresACancelledOrDestroyedTimer) {
  TimerWheel wheel(kStart);
  Recorder cancelled;
  wheel.Arm(cancelled, kStart + milliseconds(10));
  cancelled.Cancel();
  cancelled.Cancel();
  bool fired = false;
  {
    Recorder destroyed([&](TimePoint) { fired = true; });
    wheel.Arm(destroyed, kStart + milliseconds(10));
  }
  wheel.Advance(kStart + hours(1));
  EXPECT_TRUE(cancelled.fired.empty());
  EXPECT_FALSE(fired);
  EXPECT_EQ(wheel.NextAdvance(), std::nullopt);
}

TEST(TimerWheelTest, OutlivedByItsTimersLeavesThemDisarmed) {
  Recorder timer;
  {
    TimerWheel wheel(kStart);
    wheel.Arm(timer, kStart + milliseconds(10));
  }
  EXPECT_FALSE(timer.armed());
}

TEST(TimerWheelTest, ACallbackMayCancelOneThatIsDueInTheSameTick) {
  TimerWheel wheel(kStart);
  std::deque<Recorder> timers;
  // Whichever fires first cancels all the others.
  for (int i = 0; i < 3; ++i) {
    timers.emplace_back([&timers](TimePoint) {
      for (Recorder& other : timers) other.Cancel();
    });
    wheel.Arm(timers.back(), kStart + milliseconds(7));
  }
  wheel.Advance(kStart + milliseconds(100));
  std::size_t fired = 0;
  for (const Recorder& timer : timers) fired += timer.fired.size();
  EXPECT_EQ(fired, 1u);
}

TEST(TimerWheelTest, ACallbackMayDestroyItsOwnTimer) {
  TimerWheel wheel(kStart);
  class Brief final : public Timer {
   public:
    explicit Brief(std::unique_ptr<Brief>& owner) : owner_(owner) {}

   private:
    void OnTimer(TimePoint) override { owner_.reset(); }
    std::unique_ptr<Brief>& owner_;
  };
  std::unique_ptr<Brief> owned;
  owned = std::make_unique<Brief>(owned);
  wheel.Arm(*owned, kStart + milliseconds(7));
  wheel.Advance(kStart + milliseconds(7));
  EXPECT_EQ(owned, nullptr);
}

TEST(TimerWheelTest, ACallbackMayMoveOneThatIsDueInTheSameTick) {
  TimerWheel wheel(kStart);
  Recorder late;
  Recorder first([&](TimePoint) { wheel.Arm(late, kStart + milliseconds(50)); });
  wheel.Arm(first, kStart + milliseconds(7));
  wheel.Arm(late, kStart + milliseconds(7));
  wheel.Advance(kStart + milliseconds(7));
  EXPECT_TRUE(late.fired.empty());
  wheel.Advance(kStart + milliseconds(50));
  EXPECT_EQ(late.fired.size(), 1u);
}

TEST(TimerWheelTest, ATimerThatArmsItselfAtOnceFiresOncePerTickAndAdvanceEnds) {
  TimerWheel wheel(kStart);
  Recorder* self = nullptr;
  Recorder again([&](TimePoint) { wheel.Arm(*self, kStart); });
  self = &again;
  wheel.Arm(again, kStart);
  wheel.Advance(kStart + milliseconds(5));
  EXPECT_EQ(again.fired.size(), 5u);
  EXPECT_TRUE(again.armed());
}

TEST(TimerWheelTest, ATimerArmedInACallbackForAMissedTickFiresInTheSameAdvance) {
  TimerWheel wheel(kStart);
  Recorder second;
  Recorder first([&](TimePoint) { wheel.Arm(second, kStart + milliseconds(900)); });
  wheel.Arm(first, kStart + milliseconds(7));
  wheel.Advance(kStart + milliseconds(1000));
  EXPECT_EQ(second.fired, std::vector{kStart + milliseconds(1000)});
}

TEST(TimerWheelTest, HoldsTimersBeyondItsHorizon) {
  constexpr std::int64_t kHorizon = kSlots * kSlots * kSlots * kSlots;
  for (const std::int64_t ms :
       {kHorizon - 1, kHorizon, kHorizon + 1, 2 * kHorizon - 1, 2 * kHorizon + 4097}) {
    for (const std::int64_t begin : {std::int64_t{0}, std::int64_t{63}, kHorizon - 1}) {
      TimerWheel wheel(kStart);
      wheel.Advance(kStart + milliseconds(begin));
      Recorder timer;
      const TimePoint at = kStart + milliseconds(begin + ms);
      wheel.Arm(timer, at);
      RunUntil(wheel, at - milliseconds(1));
      wheel.Advance(at - nanoseconds(1));
      EXPECT_TRUE(timer.fired.empty()) << ms << " from " << begin;
      RunUntil(wheel, at);
      EXPECT_EQ(timer.fired, std::vector{at}) << ms << " from " << begin;
    }
  }
}

TEST(TimerWheelTest, NextAdvanceNeedsFewStepsToADistantTimer) {
  TimerWheel wheel(kStart);
  Recorder timer;
  const TimePoint at = kStart + hours(4) + milliseconds(12345);
  wheel.Arm(timer, at);
  EXPECT_LE(RunUntil(wheel, at), 4) << "at most one step for each level";
  EXPECT_EQ(timer.fired, std::vector{at});
}

TEST(TimerWheelTest, ATimeBeforeTheStartIsIgnored) {
  TimerWheel wheel(kStart);
  Recorder timer;
  wheel.Arm(timer, kStart + milliseconds(1));
  wheel.Advance(kStart - hours(1));
  EXPECT_TRUE(timer.fired.empty());
  wheel.Advance(kStart + milliseconds(1));
  EXPECT_EQ(timer.fired.size(), 1u);
}

// The same operations on the wheel and on a sorted map must fire the same timers at the same calls.
class TimerWheelRandomTest : public testing::TestWithParam<unsigned> {};

TEST_P(TimerWheelRandomTest, AgreesWithASortedList) {
  constexpr int kTimers = 200;
  constexpr int kOperations = 20'000;
  std::mt19937_64 random(GetParam());
  const auto pick = [&](std::int64_t below) {
    return std::uniform_int_distribution<std::int64_t>(0, below - 1)(random);
  };
  // Spans of every magnitude, from nanoseconds to beyond the horizon (2^24 ms, or 2^44 ns).
  const auto span = [&] { return nanoseconds(pick(std::int64_t{1} << (1 + pick(45)))); };

  TimerWheel wheel(kStart);
  TimePoint now = kStart;
  std::vector<int> fired;
  std::deque<Recorder> timers;
  for (int i = 0; i < kTimers; ++i)
    timers.emplace_back([&fired, i](TimePoint) { fired.push_back(i); });
  std::map<int, std::int64_t> due;  // by timer, in ticks
  const auto ticks = [](TimePoint time) { return (time - kStart) / milliseconds(1); };

  const auto advance = [&](TimePoint to) {
    now = to;
    std::vector<int> expected;
    for (const auto& [index, tick] : due) {
      if (tick <= ticks(now)) expected.push_back(index);
    }
    fired.clear();
    wheel.Advance(now);
    const auto by_due = [&](int a, int b) { return due.at(a) < due.at(b); };
    ASSERT_TRUE(std::is_sorted(fired.begin(), fired.end(), by_due)) << "earlier timers fire first";
    std::sort(fired.begin(), fired.end());
    ASSERT_EQ(fired, expected);
    for (const int index : expected) due.erase(index);
  };

  for (int i = 0; i < kOperations; ++i) {
    const int index = static_cast<int>(pick(kTimers));
    switch (pick(4)) {
      case 0:
      case 1: {
        const TimePoint at = now + span() - (pick(20) == 0 ? hours(1) : hours(0));
        wheel.Arm(timers[static_cast<std::size_t>(index)], at);
        const std::int64_t rounded_up =
            at <= kStart ? 0 : ticks(at + milliseconds(1) - nanoseconds(1));
        due[index] = std::max(rounded_up, ticks(now) + 1);
        break;
      }
      case 2:
        timers[static_cast<std::size_t>(index)].Cancel();
        due.erase(index);
        break;
      default:
        // Half of the time as a driver would do it, so that every wrap is met exactly.
        if (const auto next = wheel.NextAdvance(); next && pick(2) == 0) {
          ASSERT_GT(*next, now);
          ASSERT_NO_FATAL_FAILURE(advance(*next));
        } else {
          ASSERT_NO_FATAL_FAILURE(advance(now + span() / 16));
        }
    }
    const auto first = std::min_element(
        due.begin(), due.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    if (first != due.end()) {
      ASSERT_TRUE(wheel.NextAdvance());
      ASSERT_LE(*wheel.NextAdvance(), kStart + milliseconds(first->second));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, TimerWheelRandomTest, testing::Range(1u, 9u));

}  // namespace
}  // namespace postern::core
