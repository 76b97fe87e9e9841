#include "net/shard_loop.h"

#include <deque>

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

namespace postern::net {
namespace {

using core::BatchPart;
using core::Clock;
using core::Item;
using core::ItemQueue;
using core::TimePoint;
using std::chrono::hours;
using std::chrono::milliseconds;

// Writes down what is delivered, one list of indices for each call.
class RecordingBatch final : public core::Batch {
 public:
  void Deliver(ItemQueue& ended) override {
    std::vector<std::uint64_t>& call = calls.emplace_back();
    while (!ended.empty()) {
      EXPECT_NE(ended.front().result, nullptr);
      EXPECT_FALSE(ended.front().armed()) << "an ended item's deadline is off";
      EXPECT_EQ(ended.front().holder, nullptr);
      call.push_back(ended.front().index);
      ended.pop_front();
    }
  }

  std::vector<std::vector<std::uint64_t>> calls;
};

class ShardLoopTest : public testing::Test {
 protected:
  ShardLoopTest() : loop_(io_) {
    loop_.OnPartDone([this](BatchPart& part) { done_.push_back(&part); });
  }

  // A part of a new batch with so many live items, whose deadlines are armed.
  BatchPart& AddPart(int items) {
    BatchPart& part = parts_.emplace_back();
    part.batch = std::make_shared<RecordingBatch>();
    for (int i = 0; i < items; ++i) {
      Item& item = items_.emplace_back();
      item.index = items_.size() - 1;
      item.part = &part;
      part.live.push_back(item);
      loop_.Arm(item, Clock::now() + hours(1));
    }
    return part;
  }
  void End(std::size_t index) { loop_.End(items_[index], std::make_unique<core::Result>()); }
  // Everything that is ready runs; timers of the distant future do not keep it.
  void RunReady() {
    io_.restart();
    io_.poll();
  }
  static const std::vector<std::vector<std::uint64_t>>& Calls(const BatchPart& part) {
    return static_cast<const RecordingBatch&>(*part.batch).calls;
  }

  using Delivered = std::vector<std::vector<std::uint64_t>>;

  asio::io_context io_{1};
  ShardLoop loop_;
  std::deque<Item> items_;
  std::deque<BatchPart> parts_;
  std::vector<BatchPart*> done_;
};

TEST_F(ShardLoopTest, WhatEndsInOneTurnIsDeliveredInOneCallInOrder) {
  BatchPart& part = AddPart(4);
  asio::post(io_, [&] {
    End(2);
    End(0);
    EXPECT_TRUE(Calls(part).empty()) << "never on the stack of what ended the item";
  });
  asio::post(io_, [&] { End(3); });
  RunReady();
  EXPECT_EQ(Calls(part), (Delivered{{2, 0, 3}}));
  EXPECT_TRUE(done_.empty());
  End(1);
  RunReady();
  EXPECT_EQ(Calls(part), (Delivered{{2, 0, 3}, {1}}));
  EXPECT_EQ(done_, std::vector{&part}) << "once, with its last item";
}

TEST_F(ShardLoopTest, EveryBatchGetsItsOwnCall) {
  BatchPart& first = AddPart(2);
  BatchPart& second = AddPart(2);
  End(0);
  End(2);
  End(1);
  RunReady();
  EXPECT_EQ(Calls(first), (Delivered{{0, 1}}));
  EXPECT_EQ(Calls(second), (Delivered{{2}}));
  EXPECT_EQ(done_, std::vector{&first});
}

TEST_F(ShardLoopTest, WhatEndsDuringADeliveryIsDeliveredNext) {
  class Chain final : public core::Batch {
   public:
    explicit Chain(std::function<void()> then) : then_(std::move(then)) {}
    void Deliver(ItemQueue& ended) override {
      ended.clear();
      std::exchange(then_, [] {})();
    }

   private:
    std::function<void()> then_;
  };
  BatchPart& first = AddPart(1);
  BatchPart& second = AddPart(1);
  first.batch = std::make_shared<Chain>([&] { End(1); });
  End(0);
  RunReady();
  EXPECT_EQ(Calls(second), (Delivered{{1}}));
}

class Recorder final : public core::Timer {
 public:
  explicit Recorder(std::function<void(TimePoint)> on_timer) : on_timer_(std::move(on_timer)) {}

 private:
  void OnTimer(TimePoint now) override { on_timer_(now); }
  std::function<void(TimePoint)> on_timer_;
};

TEST_F(ShardLoopTest, TimersFireInOrderAndNeverEarly) {
  const TimePoint begin = Clock::now();
  std::vector<int> fired;
  std::deque<Recorder> timers;
  // Armed from late to early and back, so that the loop's own timer has to be moved both ways.
  const int order[] = {30, 5, 60, 1, 12};
  for (const int ms : order) {
    timers.emplace_back([&, ms](TimePoint) {
      EXPECT_GE(Clock::now(), begin + milliseconds(ms));
      fired.push_back(ms);
    });
    loop_.Arm(timers.back(), begin + milliseconds(ms));
  }
  io_.run();
  EXPECT_EQ(fired, (std::vector{1, 5, 12, 30, 60}));
}

TEST_F(ShardLoopTest, ATimerArmedByATimerFires) {
  int left = 5;
  Recorder* self = nullptr;
  Recorder again([&](TimePoint now) {
    if (--left > 0) loop_.Arm(*self, now + milliseconds(left % 2));
  });
  self = &again;
  loop_.Arm(again, Clock::now());
  io_.run();
  EXPECT_EQ(left, 0);
}

TEST_F(ShardLoopTest, ACancelledTimerLeavesTheLoopNothingToWaitFor) {
  Recorder never([](TimePoint) { ADD_FAILURE(); });
  loop_.Arm(never, Clock::now() + milliseconds(5));
  never.Cancel();
  io_.run();  // returns once the loop's own timer has found nothing due
}

}  // namespace
}  // namespace postern::net
