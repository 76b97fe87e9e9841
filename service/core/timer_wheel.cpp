#include "core/timer_wheel.h"

#include <algorithm>
#include <bit>

namespace postern::core {

void TimerWheel::Arm(Timer& timer, TimePoint at) {
  timer.Cancel();
  timer.at_ = at;
  Place(timer, current_ + 1);
}

// Puts the timer into the level of the highest digit (base 64) in which its tick differs from the
// current one: the slot of that digit is then always ahead. A timer beyond the horizon waits there
// and is placed again.
void TimerWheel::Place(Timer& timer, std::uint64_t earliest) {
  constexpr std::uint64_t kHorizon = (std::uint64_t{1} << (kBits * kLevels)) - 1;
  const Duration wait = std::max(timer.at_ - start_, Duration::zero());
  const auto tick =
      static_cast<std::uint64_t>((wait + kTick - Duration(1)) / kTick);  // rounded up: never early
  const std::uint64_t due = std::clamp(tick, earliest, current_ + kHorizon);
  int level = 0;
  while (level < kLevels - 1 && (due ^ current_) >> (kBits * (level + 1))) ++level;
  const std::uint64_t slot = (due >> (kBits * level)) % kSlots;
  levels_[level].slots[slot].push_back(timer);
  levels_[level].occupied |= std::uint64_t{1} << slot;
}

// Spreads the level's slot that begins now over the levels below it.
void TimerWheel::Cascade(int level) {
  const std::uint64_t slot = (current_ >> (kBits * level)) % kSlots;
  if (slot == 0 && level + 1 < kLevels) Cascade(level + 1);
  Slot moving;
  moving.swap(levels_[level].slots[slot]);
  levels_[level].occupied &= ~(std::uint64_t{1} << slot);
  while (!moving.empty()) {
    Timer& timer = moving.front();
    moving.pop_front();
    Place(timer, current_);  // one that is due in this very tick lands in the slot about to fire
  }
}

void TimerWheel::Advance(TimePoint now) {
  if (now < start_) return;
  const auto target = static_cast<std::uint64_t>((now - start_) / kTick);
  while (current_ < target) {
    const std::uint64_t turn_end = current_ | (kSlots - 1);
    if (levels_[0].occupied == 0 && current_ < turn_end) {
      current_ = std::min(target, turn_end);  // nothing can fire before the next cascade
      continue;
    }
    ++current_;
    const std::uint64_t slot = current_ % kSlots;
    if (slot == 0) Cascade(1);
    levels_[0].occupied &= ~(std::uint64_t{1} << slot);
    Slot due;
    due.swap(levels_[0].slots[slot]);
    while (!due.empty()) {
      Timer& timer = due.front();
      due.pop_front();
      timer.OnTimer(now);
    }
  }
}

std::optional<TimePoint> TimerWheel::NextAdvance() const {
  std::optional<std::uint64_t> next;
  for (int level = 0; level < kLevels; ++level) {
    if (levels_[level].occupied == 0) continue;
    // The occupied slot that comes round first, counted from the one after the current.
    const std::uint64_t position = current_ >> (kBits * level);
    const int shift = static_cast<int>((position + 1) % kSlots);
    const int ahead = std::countr_zero(std::rotr(levels_[level].occupied, shift));
    const std::uint64_t tick = (position + 1 + static_cast<std::uint64_t>(ahead))
                               << (kBits * level);
    next = std::min(next.value_or(tick), tick);
  }
  if (!next) return std::nullopt;
  return start_ + static_cast<Duration::rep>(*next) * kTick;
}

}  // namespace postern::core
