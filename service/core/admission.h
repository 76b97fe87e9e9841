#ifndef POSTERN_CORE_ADMISSION_H_
#define POSTERN_CORE_ADMISSION_H_

#include <atomic>
#include <cstdint>

namespace postern::core {

// How many items may be in the gate at a time, over all callers. Thread-safe.
class Admission {
 public:
  explicit Admission(std::uint64_t max_items) : max_items_(max_items) {}

  // Takes all of the items or none. A refusal changes nothing, so that it refuses nobody else.
  bool TryAdmit(std::uint64_t items) {
    std::uint64_t in_flight = in_flight_.load(std::memory_order_relaxed);
    do {
      if (items > max_items_ - in_flight) return false;
    } while (
        !in_flight_.compare_exchange_weak(in_flight, in_flight + items, std::memory_order_relaxed));
    return true;
  }
  void Release(std::uint64_t items) { in_flight_.fetch_sub(items, std::memory_order_relaxed); }

  std::uint64_t max_items() const { return max_items_; }

 private:
  const std::uint64_t max_items_;
  std::atomic<std::uint64_t> in_flight_{0};
};

}  // namespace postern::core

#endif  // POSTERN_CORE_ADMISSION_H_
