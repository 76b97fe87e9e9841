// ShardPool and Shard as their callers use them: from many threads, and to their end.
#include "net/shard_pool.h"

#include <atomic>
#include <deque>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "fake_batch.h"
#include "scripted_origin.h"

namespace postern::net {
namespace {

using std::chrono::milliseconds;
using test::FakeBatch;
using test::MakePool;
using test::Ok;
using test::ScriptedOrigin;
using Peer = ScriptedOrigin::Peer;

// Reads the request and never answers.
void Stall(Peer& peer) {
  peer.ReadRequest();
  peer.AwaitClose();
}

TEST(ShardPoolTest, ABadCaFileIsTold) {
  EgressOptions options;
  options.ca_file = "/nonexistent/ca.pem";
  const auto pool = ShardPool::Create(2, {}, options);
  EXPECT_EQ(pool.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(pool.status().message().find("/nonexistent/ca.pem"), std::string::npos);
}

TEST(ShardPoolTest, EveryItemOfManyBatchesAndOriginsHasItsOwnAnswer) {
  std::deque<ScriptedOrigin> origins;
  for (int i = 0; i < 4; ++i) origins.emplace_back(ScriptedOrigin::Echo());
  const auto pool = MakePool({}, {.shards = 3});
  std::vector<std::shared_ptr<FakeBatch>> batches;
  for (int b = 0; b < 5; ++b) {
    batches.push_back(FakeBatch::Make());
    for (int i = 0; i < 200; ++i) {
      const ScriptedOrigin& origin = origins[static_cast<std::size_t>(i) % origins.size()];
      batches.back()->Add(origin.Url("/" + std::to_string(b) + "/" + std::to_string(i)));
    }
  }
  for (const auto& batch : batches) batch->Dispatch(*pool);
  for (std::size_t b = 0; b < batches.size(); ++b) {
    batches[b]->AwaitAll();
    for (std::size_t i = 0; i < batches[b]->size(); ++i) {
      EXPECT_EQ(batches[b]->Verdict(i), "200 /" + std::to_string(b) + "/" + std::to_string(i));
    }
  }
}

TEST(ShardPoolTest, TheLimitOnConnectionsIsExactWhoeverDispatches) {
  constexpr int kMost = 3;
  core::Settings settings;
  settings.connection.max_connections = kMost;
  ScriptedOrigin origin(ScriptedOrigin::Echo());
  const auto pool = MakePool(settings, {.shards = 4});
  std::vector<std::thread> callers;
  for (int t = 0; t < 4; ++t) {
    callers.emplace_back([&] {
      for (int b = 0; b < 10; ++b) {
        const auto batch = FakeBatch::Make();
        for (int i = 0; i < 20; ++i) batch->Add(origin.Url("/"));
        batch->Dispatch(*pool);
        batch->AwaitAll();
        for (std::size_t i = 0; i < batch->size(); ++i) EXPECT_EQ(batch->Verdict(i), "200 /");
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_LE(origin.most_open(), kMost);
  EXPECT_EQ(origin.requests().size(), 800u);
}

// Cancelled at any moment, from any thread: each item still has exactly one result, and nothing
// stays open for it.
TEST(ShardPoolTest, BatchesMayBeCancelledAtAnyMoment) {
  ScriptedOrigin origin(ScriptedOrigin::Echo());
  ScriptedOrigin stalling(Stall);
  const auto pool = MakePool({}, {.shards = 2});
  std::vector<std::thread> callers;
  std::atomic<int> answered{0};
  std::atomic<int> cancelled{0};
  for (unsigned t = 0; t < 3; ++t) {
    callers.emplace_back([&, t] {
      std::mt19937_64 random(t);
      for (int b = 0; b < 40; ++b) {
        const auto batch = FakeBatch::Make();
        for (int i = 0; i < 10; ++i) {
          batch->Add(origin.Url("/"));
          batch->Add(stalling.Url("/"));
        }
        batch->Dispatch(*pool);
        batch->Await(std::uniform_int_distribution<std::size_t>(0, 10)(random));
        pool->Cancel(batch);
        batch->AwaitAll();
        for (std::size_t i = 0; i < batch->size(); ++i) {
          const std::string verdict = batch->Verdict(i);
          if (verdict == "200 /") ++answered;
          if (verdict.starts_with("CANCELLED in ")) ++cancelled;
        }
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(answered + cancelled, 3 * 40 * 20);
  EXPECT_GE(cancelled, 3 * 40 * 10);
  const auto last = FakeBatch::Make();
  last->Add(origin.Url("/"));
  last->Dispatch(*pool);
  last->AwaitAll();
  EXPECT_EQ(last->Verdict(0), "200 /") << "and it serves on";
}

TEST(ShardPoolTest, ABatchCancelledBeforeItArrivesIsNotStarted) {
  ScriptedOrigin origin(ScriptedOrigin::Echo());
  const auto pool = MakePool();
  const auto batch = FakeBatch::Make();
  for (int i = 0; i < 5; ++i) batch->Add(origin.Url("/"));
  batch->MarkCancelled();
  batch->Dispatch(*pool);
  batch->AwaitAll();
  for (std::size_t i = 0; i < batch->size(); ++i) {
    EXPECT_EQ(batch->Verdict(i), "CANCELLED in QUEUE, NOT_SENT");
  }
  EXPECT_EQ(origin.connections(), 0);
}

TEST(ShardPoolTest, CancelOfABatchThatHasEndedDoesNothing) {
  ScriptedOrigin origin(ScriptedOrigin::Echo());
  const auto pool = MakePool();
  const auto batch = FakeBatch::Make();
  batch->Add(origin.Url("/"));
  batch->Dispatch(*pool);
  batch->AwaitAll();
  pool->Cancel(batch);
  const auto next = FakeBatch::Make();
  next->Add(origin.Url("/"));
  next->Dispatch(*pool);
  next->AwaitAll();
  EXPECT_EQ(batch->Verdict(0), "200 /");
  EXPECT_EQ(next->Verdict(0), "200 /");
}

TEST(ShardPoolTest, CancelAllTellsStartedAndUnstartedApartAndIsSticky) {
  core::Settings settings;
  settings.connection.max_connections = 1;
  ScriptedOrigin origin(Stall);
  const auto pool = MakePool(settings);
  const auto batch = FakeBatch::Make();
  for (int i = 0; i < 5; ++i) batch->Add(origin.Url("/"));
  batch->Dispatch(*pool);
  origin.AwaitRequests(1);
  pool->CancelAll();
  batch->AwaitAll();
  EXPECT_EQ(batch->Verdict(0), "CANCELLED in WAIT, MAYBE_SENT");
  for (std::size_t i = 1; i < batch->size(); ++i) {
    EXPECT_EQ(batch->Verdict(i), "DRAINING in QUEUE, NOT_SENT");
  }
  const auto late = FakeBatch::Make();
  late->Add(origin.Url("/"));
  late->Dispatch(*pool);
  late->AwaitAll();
  EXPECT_EQ(late->Verdict(0), "DRAINING in QUEUE, NOT_SENT");
}

// Descriptors before and after, and AddressSanitizer's leak check, tell what remains.
TEST(ShardPoolTest, MayBeDestroyedWithEverythingInFlight) {
  ScriptedOrigin answering(ScriptedOrigin::Echo());
  ScriptedOrigin stalling(Stall);
  const test::Listener silent(test::Listener::Kind::kBlackHole);
  for (int round = 0; round < 5; ++round) {
    const std::size_t descriptors = test::OpenDescriptors();
    const auto batch = FakeBatch::Make();
    {
      const auto pool = MakePool({}, {.shards = 2});
      for (int i = 0; i < 100; ++i) {
        batch->Add(stalling.Url("/"));
        batch->Add("http://" + silent.endpoint().ToString());
        batch->Add("https://" + stalling.endpoint().ToString());
      }
      const auto idle = FakeBatch::Make();
      idle->Add(answering.Url("/"));
      idle->Dispatch(*pool);
      idle->AwaitAll();
      batch->Dispatch(*pool);
      stalling.AwaitRequests(static_cast<std::size_t>(round) + 1);
    }
    EXPECT_LT(batch->ended(), batch->size());
    stalling.AwaitAllClosed();
    answering.AwaitAllClosed();
    EXPECT_LE(test::OpenDescriptors(), descriptors);
  }
}

TEST(ShardPoolTest, ABatchThatOnlyThePoolHoldsGoesWithIt) {
  ScriptedOrigin stalling(Stall);
  std::weak_ptr<FakeBatch> watch;
  {
    core::Settings settings;
    settings.connection.max_connections = 1;
    const auto pool = MakePool(settings);
    auto batch = FakeBatch::Make();
    watch = batch;
    for (int i = 0; i < 5; ++i) batch->Add(stalling.Url("/"));
    batch->Dispatch(*pool);
    batch.reset();
    stalling.AwaitRequests(1);
    EXPECT_FALSE(watch.expired());
  }
  EXPECT_TRUE(watch.expired());
}

TEST(ShardPoolTest, ABatchIsLetGoWhenItsLastItemHasEnded) {
  ScriptedOrigin origin(ScriptedOrigin::Echo());
  const auto pool = MakePool({}, {.shards = 2});
  const auto batch = FakeBatch::Make();
  for (int i = 0; i < 10; ++i) batch->Add(origin.Url("/"));
  batch->Dispatch(*pool);
  batch->AwaitAll();
  const core::TimePoint end = core::Clock::now() + test::Patience();
  while (batch.use_count() > 1 && core::Clock::now() < end) std::this_thread::yield();
  EXPECT_EQ(batch.use_count(), 1);
}

}  // namespace
}  // namespace postern::net
