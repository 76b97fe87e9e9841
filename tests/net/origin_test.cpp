// Origin, seen from outside: its queue, its pool of connections, and what items of it are told.
#include "net/origin.h"

#include <gtest/gtest.h>

#include "fake_batch.h"
#include "scripted_origin.h"

namespace postern::net {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using test::FakeBatch;
using test::ItemOptions;
using test::Listener;
using test::MakePool;
using test::Ok;
using test::ScriptedOrigin;
using Peer = ScriptedOrigin::Peer;

core::Settings WithConnections(std::size_t most) {
  core::Settings settings;
  settings.connection.max_connections = most;
  return settings;
}

std::string UrlOf(const Listener& listener) { return "http://" + listener.endpoint().ToString(); }

TEST(OriginTest, ItemsStartInOrder) {
  ScriptedOrigin origin(ScriptedOrigin::Echo());
  const auto pool = MakePool(WithConnections(1));
  const auto batch = FakeBatch::Make();
  std::vector<std::string> expected;
  for (int i = 0; i < 50; ++i) {
    batch->Add(origin.Url("/" + std::to_string(i)));
    expected.push_back("GET /" + std::to_string(i) + " HTTP/1.1");
  }
  batch->Dispatch(*pool);
  batch->AwaitAll();
  EXPECT_EQ(origin.requests(), expected);
}

TEST(OriginTest, TheLimitOnConnectionsIsReachedAndNotPassed) {
  constexpr int kMost = 5;
  ScriptedOrigin origin([&](Peer& peer) {
    while (peer.ReadRequest()) {
      origin.AwaitRequests(kMost);  // so that one connection cannot serve all
      peer.Write(Ok("x"));
    }
  });
  const auto pool = MakePool(WithConnections(kMost));
  const auto batch = FakeBatch::Make();
  for (int i = 0; i < 500; ++i) batch->Add(origin.Url("/"));
  batch->Dispatch(*pool);
  batch->AwaitAll();
  for (std::size_t i = 0; i < batch->size(); ++i) EXPECT_EQ(batch->Verdict(i), "200 x");
  EXPECT_EQ(origin.most_open(), kMost);
  EXPECT_EQ(origin.connections(), kMost);
}

TEST(OriginTest, EveryWaitingItemGetsAConnectionWhileThereIsRoom) {
  constexpr int kItems = 40;
  core::Settings settings = WithConnections(64);
  settings.connection.max_dialling = 3;
  ScriptedOrigin origin([&](Peer& peer) {
    peer.ReadRequest();
    origin.AwaitRequests(kItems);  // all are under way at once, or nothing ends
    peer.Write(Ok("x"));
  });
  const auto pool = MakePool(settings);
  const auto batch = FakeBatch::Make();
  for (int i = 0; i < kItems; ++i) batch->Add(origin.Url("/"));
  batch->Dispatch(*pool);
  batch->AwaitAll();
  EXPECT_EQ(origin.connections(), kItems);
}

TEST(OriginTest, AFailedDialIsChargedToOneItemEach) {
  const Listener refusing(Listener::Kind::kRefusing);
  const auto pool = MakePool(WithConnections(2));
  const auto batch = FakeBatch::Make();
  for (int i = 0; i < 4; ++i) batch->Add(UrlOf(refusing));
  batch->Dispatch(*pool);
  batch->AwaitAll();
  for (std::size_t i = 0; i < batch->size(); ++i) {
    EXPECT_EQ(batch->Verdict(i), "CONNECT in CONNECT, NOT_SENT");
    ASSERT_EQ(batch->result(i).attempts.size(), 1u);
    EXPECT_EQ(batch->result(i).attempts[0].remote, refusing.endpoint());
    EXPECT_EQ(batch->result(i).attempts[0].failure, core::FailureCode::kConnect);
  }
}

TEST(OriginTest, AnItemWhoseTimeIsUpTellsWhatItWaitedFor) {
  const ItemOptions brief{.time = milliseconds(50) * test::Slowness()};
  const Listener silent(Listener::Kind::kBlackHole);
  ScriptedOrigin busy([](Peer& peer) {
    peer.ReadRequest();
    peer.AwaitClose();
  });
  const auto pool = MakePool(WithConnections(1));
  const auto holder = FakeBatch::Make();
  holder->Add(busy.Url("/"));
  holder->Dispatch(*pool);
  busy.AwaitRequests(1);

  const auto batch = FakeBatch::Make();
  batch->Add(UrlOf(silent), brief);
  batch->Add(busy.Url("/"), brief);
  batch->Dispatch(*pool);
  batch->AwaitAll();
  EXPECT_EQ(batch->Verdict(0), "TIMEOUT in CONNECT, NOT_SENT");
  EXPECT_EQ(batch->Verdict(1), "TIMEOUT in QUEUE, NOT_SENT") << "a place in the pool, not a dial";
  for (std::size_t i = 0; i < batch->size(); ++i) {
    const core::PhaseTimes& times = batch->result(i).attempts.at(0).times;
    EXPECT_GE(times.queue + times.dns + times.connect, brief.time - milliseconds(2));
  }
  EXPECT_EQ(holder->ended(), 0u);
  EXPECT_EQ(busy.requests().size(), 1u);
  pool->Cancel(holder);
  holder->AwaitAll();
}

TEST(OriginTest, AnItemOutOfTimeIsNeverStarted) {
  ScriptedOrigin origin([&](Peer& peer) {
    while (peer.ReadRequest()) {
      origin.AwaitGate();
      peer.Write(Ok("x"));
    }
  });
  const auto pool = MakePool(WithConnections(1));
  const auto batch = FakeBatch::Make();
  batch->Add(origin.Url("/first"));
  batch->Add(origin.Url("/late"), {.time = milliseconds(20)});
  batch->Add(origin.Url("/last"));
  batch->Dispatch(*pool);
  batch->Await(1);
  EXPECT_EQ(batch->Verdict(1), "TIMEOUT in QUEUE, NOT_SENT");
  origin.OpenGate();
  batch->AwaitAll();
  EXPECT_EQ(origin.requests(),
            (std::vector<std::string>{"GET /first HTTP/1.1", "GET /last HTTP/1.1"}));
}

TEST(OriginTest, CancelEndsQueuedAndRunningItems) {
  ScriptedOrigin origin([](Peer& peer) {
    peer.ReadRequest();
    peer.AwaitClose();
  });
  const auto pool = MakePool(WithConnections(1));
  const auto batch = FakeBatch::Make();
  for (int i = 0; i < 10; ++i) batch->Add(origin.Url("/"));
  batch->Dispatch(*pool);
  origin.AwaitRequests(1);
  pool->Cancel(batch);
  pool->Cancel(batch);
  batch->AwaitAll();
  EXPECT_EQ(batch->Verdict(0), "CANCELLED in WAIT, MAYBE_SENT");
  for (std::size_t i = 1; i < batch->size(); ++i) {
    EXPECT_EQ(batch->Verdict(i), "CANCELLED in QUEUE, NOT_SENT");
  }
  origin.AwaitAllClosed();
  EXPECT_EQ(origin.connections(), 1) << "nothing is dialled for items that are being cancelled";
}

TEST(OriginTest, CancelLeavesOtherBatchesOfTheOriginAlone) {
  ScriptedOrigin origin([&](Peer& peer) {
    while (const auto request = peer.ReadRequest()) {
      if (request->starts_with("GET /stuck")) origin.AwaitGate();
      peer.Write(Ok("x"));
    }
  });
  const auto pool = MakePool(WithConnections(1));
  const auto stuck = FakeBatch::Make();
  stuck->Add(origin.Url("/stuck"));
  stuck->Dispatch(*pool);
  origin.AwaitRequests(1);
  const auto other = FakeBatch::Make();
  for (int i = 0; i < 5; ++i) other->Add(origin.Url("/other"));
  other->Dispatch(*pool);
  pool->Cancel(stuck);
  stuck->AwaitAll();
  EXPECT_EQ(stuck->Verdict(0), "CANCELLED in WAIT, MAYBE_SENT");
  other->AwaitAll();
  for (std::size_t i = 0; i < other->size(); ++i) EXPECT_EQ(other->Verdict(i), "200 x");
  EXPECT_EQ(origin.connections(), 2) << "a cut connection is never used again";
}

TEST(OriginTest, IsForgottenWhenUnusedAndComesBackWhenAsked) {
  ScriptedOrigin origin(ScriptedOrigin::Echo());
  core::Settings settings;
  settings.connection.idle_timeout = milliseconds(5);
  settings.connection.origin_idle_timeout = milliseconds(1);
  const auto pool = MakePool(settings);
  for (int i = 0; i < 5; ++i) {
    const auto batch = FakeBatch::Make();
    batch->Add(origin.Url("/"));
    batch->Dispatch(*pool);
    batch->AwaitAll();
    EXPECT_EQ(batch->Verdict(0), "200 /");
    origin.AwaitAllClosed();
  }
  EXPECT_EQ(origin.connections(), 5);
}

TEST(OriginTest, ADeadOriginDelaysNoOther) {
  const Listener silent(Listener::Kind::kBlackHole);
  ScriptedOrigin alive(ScriptedOrigin::Echo());
  const auto pool = MakePool();
  const auto dead = FakeBatch::Make();
  for (int i = 0; i < 200; ++i) dead->Add(UrlOf(silent), {.time = hours(1)});
  dead->Dispatch(*pool);
  const auto batch = FakeBatch::Make();
  for (int i = 0; i < 20; ++i) batch->Add(alive.Url("/"));
  batch->Dispatch(*pool);
  batch->AwaitAll();
  for (std::size_t i = 0; i < batch->size(); ++i) EXPECT_EQ(batch->Verdict(i), "200 /");
  EXPECT_EQ(dead->ended(), 0u);
  pool->Cancel(dead);
  dead->AwaitAll();
}

}  // namespace
}  // namespace postern::net
