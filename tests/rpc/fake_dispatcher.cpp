#include "fake_dispatcher.h"

#include <algorithm>
#include <utility>

#include <gtest/gtest.h>

namespace postern::test {

void FakeDispatcher::Dispatch(std::shared_ptr<core::Batch> batch, core::ItemQueue& items) {
  {
    const std::lock_guard lock(mutex_);
    while (!items.empty()) {
      items_.push_back({&items.front(), batch});
      items.pop_front();
    }
  }
  changed_.notify_all();
}

void FakeDispatcher::Cancel(std::shared_ptr<core::Batch> batch) {
  batch->MarkCancelled();
  core::ItemQueue ended;
  {
    const std::lock_guard lock(mutex_);
    ++cancellations_;
    for (Dispatched& dispatched : items_) {
      if (dispatched.item == nullptr || dispatched.batch.lock() != batch) continue;
      dispatched.item->result = std::make_unique<core::Result>();
      dispatched.item->result->failure = {core::FailureCode::kCancelled, core::Phase::kQueue,
                                          core::Delivery::kNotSent, "cancelled"};
      ended.push_back(*std::exchange(dispatched.item, nullptr));
    }
  }
  changed_.notify_all();
  if (!ended.empty()) batch->Deliver(ended);
}

void FakeDispatcher::AwaitItems(std::size_t count) {
  std::unique_lock lock(mutex_);
  EXPECT_TRUE(changed_.wait_for(lock, kPatience, [&] { return items_.size() >= count; }));
}

void FakeDispatcher::AwaitCancellations(std::size_t count) {
  std::unique_lock lock(mutex_);
  EXPECT_TRUE(changed_.wait_for(lock, kPatience, [&] { return cancellations_ >= count; }));
}

core::TimePoint FakeDispatcher::deadline(std::size_t item) const {
  const std::lock_guard lock(mutex_);
  return items_[item].item->deadline;
}

void FakeDispatcher::End(const std::vector<std::size_t>& items, std::size_t body_bytes) {
  core::ItemQueue ended;
  std::shared_ptr<core::Batch> batch;
  {
    const std::lock_guard lock(mutex_);
    for (const std::size_t index : items) {
      Dispatched& dispatched = items_[index];
      if (dispatched.item == nullptr) continue;  // cancelled meanwhile
      batch = dispatched.batch.lock();
      dispatched.item->result = std::make_unique<core::Result>();
      dispatched.item->result->response.status = 200;
      dispatched.item->result->response.body = std::string(body_bytes, 'b');
      ended.push_back(*std::exchange(dispatched.item, nullptr));
    }
  }
  if (batch) batch->Deliver(ended);
}

bool FakeDispatcher::HoldsNoBatch() const {
  const std::lock_guard lock(mutex_);
  return std::all_of(items_.begin(), items_.end(),
                     [](const Dispatched& dispatched) { return dispatched.batch.expired(); });
}

}  // namespace postern::test
