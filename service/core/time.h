#ifndef POSTERN_CORE_TIME_H_
#define POSTERN_CORE_TIME_H_

#include <chrono>

namespace postern::core {

// Monotonic time. Pure code takes `now` as an argument; only drivers read the clock.
using Clock = std::chrono::steady_clock;
using Duration = Clock::duration;
using TimePoint = Clock::time_point;

}  // namespace postern::core

#endif  // POSTERN_CORE_TIME_H_
