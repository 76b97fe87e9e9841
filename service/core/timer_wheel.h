#ifndef POSTERN_CORE_TIMER_WHEEL_H_
#define POSTERN_CORE_TIMER_WHEEL_H_

#include <array>
#include <cstdint>
#include <optional>

#include <boost/intrusive/list.hpp>

#include "core/time.h"

namespace postern::core {

using TimerHook =
    boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

// Something that wants to be told at a point in time. Disarmed by Cancel() or by its destructor.
class Timer : public TimerHook {
 public:
  Timer() = default;
  virtual ~Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  bool armed() const { return is_linked(); }
  TimePoint at() const { return at_; }
  void Cancel() {
    if (is_linked()) unlink();
  }

 private:
  friend class TimerWheel;
  virtual void OnTimer(TimePoint now) = 0;

  TimePoint at_{};
};

// All timers of a shard: a hierarchical timing wheel (Varghese and Lauck, 1987) with ticks of 1 ms.
// Arming and cancelling take constant time and no memory, whatever the number of timers; none fires
// before its time.
class TimerWheel {
 public:
  explicit TimerWheel(TimePoint start) : start_(start) {}

  // Arms the timer for `at`, or moves it there. A time in the past fires at the next Advance.
  void Arm(Timer& timer, TimePoint at);

  // Fires everything due at `now`. Timers may arm and cancel each other while it runs.
  void Advance(TimePoint now);

  // When Advance should be called next: never after the first timer is due, perhaps before. Empty:
  // no timer.
  std::optional<TimePoint> NextAdvance() const;

 private:
  static constexpr int kLevels = 4;
  static constexpr int kBits = 6;
  static constexpr std::uint64_t kSlots = 1u << kBits;
  static constexpr Duration kTick = std::chrono::milliseconds(1);

  using Slot = boost::intrusive::list<Timer, boost::intrusive::base_hook<TimerHook>,
                                      boost::intrusive::constant_time_size<false>>;
  struct Level {
    std::array<Slot, kSlots> slots;
    std::uint64_t occupied = 0;  // a bit per slot; may be stale (set) after a Cancel
  };

  void Place(Timer& timer, std::uint64_t earliest);
  void Cascade(int level);

  TimePoint start_;
  std::uint64_t current_ = 0;  // ticks since start_, all of them handled
  std::array<Level, kLevels> levels_;
};

}  // namespace postern::core

#endif  // POSTERN_CORE_TIMER_WHEEL_H_
