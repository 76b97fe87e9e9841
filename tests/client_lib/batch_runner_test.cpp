#include "cli/batch_runner.h"

#include <atomic>
#include <map>
#include <mutex>
#include <poll.h>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "fake_gate.h"

namespace postern::cli {
namespace {

using test::FakeGate;

IndexedBatch BatchAt(std::vector<std::uint64_t> indexes, std::size_t bytes = 10) {
  IndexedBatch batch;
  for (const std::uint64_t index : indexes)
    batch.batch.Add("http://origin.test/").Id(std::to_string(index));
  batch.indexes = std::move(indexes);
  batch.bytes = bytes;
  return batch;
}

// What the handlers were told.
struct Seen {
  std::mutex mutex;
  std::map<std::uint64_t, std::string> ids;
  std::vector<absl::Status> ends;
  std::size_t missing = 0;

  BatchRunner::Handlers Handlers() {
    return {.on_result =
                [this](const ItemResult& result, std::uint64_t index, absl::Duration latency) {
                  const std::lock_guard lock(mutex);
                  EXPECT_GE(latency, absl::ZeroDuration());
                  EXPECT_TRUE(ids.emplace(index, result.id()).second);
                },
            .on_call_ended =
                [this](const absl::Status& status, std::size_t missing_items) {
                  const std::lock_guard lock(mutex);
                  ends.push_back(status);
                  missing += missing_items;
                }};
  }
};

void WaitUntilIdle(BatchRunner& runner, EventFd& changed) {
  while (!runner.idle()) {
    pollfd event = {changed.fd(), POLLIN, 0};
    poll(&event, 1, -1);
    changed.Clear();
  }
}

// Holds every call until it is cancelled or the flag is set.
FakeGate::Script Hold(std::atomic<bool>& go_on) {
  return [&go_on](grpc::ServerContext& context, const v1::PostBatchRequest& request,
                  FakeGate::Writer& writer) {
    while (!go_on && !context.IsCancelled()) std::this_thread::yield();
    return FakeGate::Echo()(context, request, writer);
  };
}

TEST(BatchRunnerTest, ResultsCarryTheirPlaceInTheWholeInput) {
  FakeGate gate(FakeGate::Echo());
  Client client(gate.target());
  EventFd changed;
  Seen seen;
  BatchRunner runner(&client, {}, {}, seen.Handlers(), &changed);
  runner.Start(BatchAt({3, 5}));
  runner.Start(BatchAt({6}));
  WaitUntilIdle(runner, changed);
  EXPECT_EQ(seen.ids, (std::map<std::uint64_t, std::string>{{3, "3"}, {5, "5"}, {6, "6"}}));
  EXPECT_EQ(seen.missing, 0);
  EXPECT_EQ(seen.ends, (std::vector<absl::Status>{absl::OkStatus(), absl::OkStatus()}));
}

TEST(BatchRunnerTest, EachLimitHoldsAndRoomIsTold) {
  std::atomic<bool> go_on = false;
  FakeGate gate(Hold(go_on));
  Client client(gate.target());
  EventFd changed;
  Seen seen;
  BatchRunner runner(&client, {}, {.items = 4, .calls = 2, .bytes = 100}, seen.Handlers(),
                     &changed);
  EXPECT_TRUE(runner.HasRoom(BatchAt({1, 2, 3, 4, 5, 6, 7}, 1000))) << "alone, anything goes";
  runner.Start(BatchAt({1, 2, 3}, 60));
  EXPECT_TRUE(runner.HasRoom(BatchAt({4}, 40)));
  EXPECT_FALSE(runner.HasRoom(BatchAt({4, 5}, 40))) << "items";
  EXPECT_FALSE(runner.HasRoom(BatchAt({4}, 41))) << "bytes";
  runner.Start(BatchAt({4}, 10));
  EXPECT_FALSE(runner.HasRoom(BatchAt({}, 0))) << "calls";
  EXPECT_FALSE(runner.idle());
  go_on = true;
  pollfd event = {changed.fd(), POLLIN, 0};
  EXPECT_EQ(poll(&event, 1, -1), 1);
  WaitUntilIdle(runner, changed);
  EXPECT_EQ(seen.ids.size(), 4);
}

TEST(BatchRunnerTest, CancelEndsWhatRunsAndWhatComesLater) {
  std::atomic<bool> go_on = false;
  FakeGate gate(Hold(go_on));
  Client client(gate.target());
  EventFd changed;
  Seen seen;
  BatchRunner runner(&client, {}, {}, seen.Handlers(), &changed);
  runner.Start(BatchAt({0, 1}));
  runner.Cancel();
  runner.Start(BatchAt({2}));
  WaitUntilIdle(runner, changed);
  EXPECT_EQ(seen.missing, 3);
  ASSERT_EQ(seen.ends.size(), 2);
  EXPECT_EQ(seen.ends[0].code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(seen.ends[1].code(), absl::StatusCode::kCancelled);
}

TEST(BatchRunnerTest, DestructionEndsWhatRuns) {
  std::atomic<bool> go_on = false;
  FakeGate gate(Hold(go_on));
  Client client(gate.target());
  EventFd changed;
  Seen seen;
  {
    BatchRunner runner(&client, {}, {}, seen.Handlers(), &changed);
    runner.Start(BatchAt({0}));
  }
  EXPECT_EQ(seen.missing, 1);
}

TEST(BatchRunnerTest, ResultsThatNobodyAskedForAreDropped) {
  FakeGate gate([](grpc::ServerContext&, const v1::PostBatchRequest&, FakeGate::Writer& writer) {
    v1::PostBatchResponse message;
    message.add_results()->set_index(1);
    message.add_results()->set_index(0);
    message.add_results()->set_index(0);
    writer.Write(message);
    return grpc::Status::OK;
  });
  Client client(gate.target());
  EventFd changed;
  Seen seen;
  BatchRunner runner(&client, {}, {}, seen.Handlers(), &changed);
  runner.Start(BatchAt({7}));
  WaitUntilIdle(runner, changed);
  EXPECT_EQ(seen.ids.size(), 1);
  EXPECT_EQ(seen.ids.count(7), 1);
}

}  // namespace
}  // namespace postern::cli
