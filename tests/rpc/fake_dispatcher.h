#ifndef POSTERN_TESTS_RPC_FAKE_DISPATCHER_H_
#define POSTERN_TESTS_RPC_FAKE_DISPATCHER_H_

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/dispatcher.h"

namespace postern::test {

// Shards that do nothing by themselves: the test ends the items, in the order and the groups that
// it wants.
class FakeDispatcher final : public core::Dispatcher {
 public:
  void Dispatch(std::shared_ptr<core::Batch> batch, core::ItemQueue& items) override;
  // Ends what has not ended yet, as a shard would.
  void Cancel(std::shared_ptr<core::Batch> batch) override;
  void CancelAll() override {}

  // Wait for items that were dispatched, and for cancellations; a test failure when they do not
  // come.
  void AwaitItems(std::size_t count);
  void AwaitCancellations(std::size_t count);

  // The deadline that a dispatched item was given, counted in order of dispatch over all batches.
  core::TimePoint deadline(std::size_t item) const;
  // Ends these items of one batch with 200 and a body of so many bytes, in one delivery.
  void End(const std::vector<std::size_t>& items, std::size_t body_bytes = 0);
  // Whether any batch is still alive.
  bool HoldsNoBatch() const;

 private:
  struct Dispatched {
    core::Item* item;  // null once it has ended
    std::weak_ptr<core::Batch> batch;
  };
  static constexpr std::chrono::seconds kPatience{60};

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Dispatched> items_;
  std::size_t cancellations_ = 0;
};

}  // namespace postern::test

#endif  // POSTERN_TESTS_RPC_FAKE_DISPATCHER_H_
