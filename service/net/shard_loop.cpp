#include "net/shard_loop.h"

#include <utility>

#include <boost/asio/post.hpp>

namespace postern::net {

using core::BatchPart;
using core::Item;
using core::TimePoint;

ShardLoop::ShardLoop(asio::io_context& io)
    : io_(io),
      random_(std::random_device()()),
      wheel_(core::Clock::now()),
      advance_timer_(io.get_executor()) {}

void ShardLoop::Arm(core::Timer& timer, TimePoint at) {
  wheel_.Arm(timer, at);
  if (at < advance_at_) ScheduleAdvance();
}

// The system timer is moved only to an earlier time; when it fires and nothing is due, it is set
// anew.
void ShardLoop::ScheduleAdvance() {
  const std::optional<TimePoint> next = wheel_.NextAdvance();
  if (!next || *next >= advance_at_) return;
  advance_at_ = *next;
  advance_timer_.expires_at(advance_at_);
  advance_timer_.async_wait([this](error_code ec) {
    if (ec) return;  // moved to an earlier time
    wheel_.Advance(Now());
    advance_at_ = TimePoint::max();
    ScheduleAdvance();
  });
}

void ShardLoop::End(Item& item, std::unique_ptr<core::Result> result) {
  BatchPart& part = *item.part;
  item.Cancel();
  item.holder = nullptr;
  item.result = std::move(result);
  part.live.erase(part.live.iterator_to(item));
  if (part.ended.empty()) {
    // To the back of the ready queue: whatever else ends in this turn goes out with it.
    if (parts_to_deliver_.empty()) asio::post(io_, [this] { Deliver(); });
    parts_to_deliver_.push_back(&part);
  }
  part.ended.push_back(item);
}

void ShardLoop::Deliver() {
  for (BatchPart* part : std::exchange(parts_to_deliver_, {})) {
    core::ItemQueue ended;
    ended.swap(part->ended);
    part->batch->Deliver(ended);
    if (part->live.empty()) on_part_done_(*part);
  }
}

}  // namespace postern::net
