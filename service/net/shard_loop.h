#ifndef POSTERN_NET_SHARD_LOOP_H_
#define POSTERN_NET_SHARD_LOOP_H_

#include <functional>
#include <memory>
#include <random>
#include <vector>

#include "core/dispatcher.h"
#include "core/timer_wheel.h"
#include "net/asio_types.h"

namespace postern::net {

// What everything on a shard's thread shares: the executor, the time, the timers, and the way back
// for ended items.
class ShardLoop {
 public:
  explicit ShardLoop(asio::io_context& io);
  ShardLoop(const ShardLoop&) = delete;
  ShardLoop& operator=(const ShardLoop&) = delete;

  Executor executor() const { return io_.get_executor(); }
  asio::io_context& io() const { return io_; }
  core::TimePoint Now() const { return core::Clock::now(); }
  std::mt19937_64& random() { return random_; }

  // Arms the timer for `at`, or moves it there; it fires on this loop, at most some milliseconds
  // late.
  void Arm(core::Timer& timer, core::TimePoint at);

  // Ends the item with its result. Results are delivered once per turn of the loop, all of a batch
  // in one call.
  void End(core::Item& item, std::unique_ptr<core::Result> result);

  // Called with each part whose last item was delivered.
  void OnPartDone(std::function<void(core::BatchPart&)> callback) {
    on_part_done_ = std::move(callback);
  }

 private:
  void ScheduleAdvance();
  void Deliver();

  asio::io_context& io_;
  std::mt19937_64 random_;
  core::TimerWheel wheel_;
  WaitTimer advance_timer_;
  core::TimePoint advance_at_ = core::TimePoint::max();  // when advance_timer_ will fire
  std::vector<core::BatchPart*> parts_to_deliver_;
  std::function<void(core::BatchPart&)> on_part_done_;
};

}  // namespace postern::net

#endif  // POSTERN_NET_SHARD_LOOP_H_
