#include "net/origin.h"

#include <algorithm>
#include <utility>

#include "core/connection_plan.h"
#include "core/dispatcher.h"

namespace postern::net {

using core::Delivery;
using core::Failure;
using core::FailureCode;
using core::Item;
using core::Phase;
using core::TimePoint;

Origin::Origin(ShardLoop& loop, const core::Settings& settings, Dialler& dialler,
               core::Destination destination, std::function<void(Origin&)> forget)
    : loop_(loop),
      settings_(settings),
      dialler_(dialler),
      destination_(std::move(destination)),
      forget_(std::move(forget)) {}

void Origin::Enqueue(Item& item) {
  item.holder = this;
  queue_.push_back(item);
  loop_.Arm(item, item.deadline);
  Work();
}

// Gives idle connections what waits, and opens more where that is not enough.
void Origin::Work() {
  forget_timer_.Cancel();
  while (!queue_.empty() && !idle_.empty()) {
    Item* const item = NextItem(loop_.Now());
    if (item == nullptr) break;
    Http1Connection& connection = idle_.front();
    idle_.pop_front();
    if (!connection.Serve(*item)) queue_.push_front(*item);
  }
  DialAsPlanned(queue_.size());
  ForgetIfUnused();
}

void Origin::DialAsPlanned(std::size_t waiting) {
  const core::PoolState pool{waiting, dialling_.size(), open_};
  const std::size_t count = core::ConnectionsToDial(pool, settings_.connection);
  for (std::size_t i = 0; i < count; ++i) {
    const auto connection = std::make_shared<Http1Connection>(loop_, settings_, dialler_,
                                                              destination_, tls_sessions_, *this);
    dialling_.push_back(connection.get());
    connection->Open();
  }
}

// What was cancelled or ran out of time is never started, even where its timer or its cancellation
// is yet to come.
Item* Origin::NextItem(TimePoint now) {
  while (!queue_.empty()) {
    Item& item = queue_.front();
    if (item.part->batch->cancelled()) {
      OnItemCancelled(item, core::CancelReason::kCaller, now);
    } else if (item.deadline <= now) {
      OnItemDeadline(item, now);
    } else {
      queue_.pop_front();
      return &item;
    }
  }
  return nullptr;
}

void Origin::TakeBack(Item& item) {
  item.holder = this;
  queue_.push_front(item);
  loop_.Arm(item, item.deadline);
  Work();
}

void Origin::OnDialled(Http1Connection& connection) {
  std::erase(dialling_, &connection);
  ++open_;
  // A place for another dial is free; the new connection is about to take one of those who wait.
  DialAsPlanned(queue_.empty() ? 0 : queue_.size() - 1);
}

void Origin::OnDialFailed(Http1Connection& connection, Failure failure) {
  std::erase(dialling_, &connection);
  const DialProgress& dial = connection.dial();
  // The item that has waited longest pays for the dial, unless it came after the dial began: then
  // the dial was for others, who have been served meanwhile.
  if (!queue_.empty() && queue_.front().queued_at <= dial.dns_began) {
    Item& item = queue_.front();
    queue_.pop_front();
    core::Attempt attempt;
    attempt.failure = failure.code;
    attempt.phase = failure.phase;
    attempt.remote = dial.remote;
    AddDialTimes(dial, item.queued_at, attempt.times);
    const core::PhaseTimes& times = attempt.times;
    attempt.times.queue = dial.ended - item.queued_at - times.dns - times.connect - times.tls;
    auto result = std::make_unique<core::Result>();
    result->failure = std::move(failure);
    result->attempts.push_back(attempt);
    loop_.End(item, std::move(result));
  }
  Work();
}

void Origin::OnIdle(Http1Connection& connection) { idle_.push_front(connection); }

void Origin::OnClosed(Http1Connection& connection) {
  if (connection.idle_hook.is_linked()) connection.idle_hook.unlink();
  --open_;
  Work();
}

void Origin::OnItemDeadline(Item& item, TimePoint now) {
  EndQueued(item, FailureCode::kTimeout, "deadline passed", now);
}

void Origin::OnItemCancelled(Item& item, core::CancelReason reason, TimePoint now) {
  if (reason == core::CancelReason::kCaller) {
    EndQueued(item, FailureCode::kCancelled, "cancelled by the caller", now);
  } else {
    EndQueued(item, FailureCode::kDraining, "not started: the gate is shutting down", now);
  }
}

const DialProgress* Origin::DialWaitedFor() const {
  if (open_ > 0 || dialling_.empty()) return nullptr;
  const auto furthest = std::max_element(
      dialling_.begin(), dialling_.end(),
      [](const auto* a, const auto* b) { return a->dial().phase < b->dial().phase; });
  const DialProgress& dial = (*furthest)->dial();
  return dial.phase == Phase::kNone ? nullptr : &dial;  // none has begun yet
}

// Where no connection is open, a queued item waits for a dial, and that is what it is told;
// otherwise it waits for a place in the pool.
void Origin::EndQueued(Item& item, FailureCode code, std::string_view what, TimePoint now) {
  queue_.erase(queue_.iterator_to(item));
  core::Attempt attempt;
  attempt.failure = code;
  attempt.phase = Phase::kQueue;
  if (const DialProgress* waited_for = DialWaitedFor()) {
    DialProgress dial = *waited_for;
    dial.ended = now;
    attempt.phase = dial.phase;
    attempt.remote = dial.remote;
    AddDialTimes(dial, item.queued_at, attempt.times);
  }
  const core::PhaseTimes& times = attempt.times;
  attempt.times.queue = now - item.queued_at - times.dns - times.connect - times.tls;
  auto result = std::make_unique<core::Result>();
  result->failure = {code, attempt.phase, Delivery::kNotSent, std::string(what)};
  result->attempts.push_back(attempt);
  loop_.End(item, std::move(result));
}

void Origin::ForgetIfUnused() {
  if (queue_.empty() && dialling_.empty() && open_ == 0) {
    loop_.Arm(forget_timer_, loop_.Now() + settings_.connection.origin_idle_timeout);
  }
}

}  // namespace postern::net
