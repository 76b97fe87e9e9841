#include "rpc/post_batch.h"

#include <numeric>
#include <random>
#include <set>
#include <thread>

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include "fake_dispatcher.h"
#include "rpc/egress_service.h"

namespace postern::rpc {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using SystemClock = std::chrono::system_clock;

// One RPC from the caller's side.
struct Call {
  std::unique_ptr<grpc::ClientReader<v1::PostBatchResponse>> reader;
  grpc::ClientContext context;
  std::vector<v1::PostBatchResponse> messages;

  // Reads to the end.
  grpc::Status Finish() {
    v1::PostBatchResponse message;
    while (reader->Read(&message)) messages.push_back(message);
    return reader->Finish();
  }
  bool ReadOne() { return reader->Read(&messages.emplace_back()); }
  std::multiset<std::uint64_t> Indices() const {
    std::multiset<std::uint64_t> indices;
    for (const auto& message : messages) {
      for (const auto& result : message.results()) indices.insert(result.index());
    }
    return indices;
  }
};

std::multiset<std::uint64_t> UpTo(std::uint64_t count) {
  std::multiset<std::uint64_t> indices;
  for (std::uint64_t i = 0; i < count; ++i) indices.insert(i);
  return indices;
}

std::vector<std::size_t> Range(std::size_t from, std::size_t to) {
  std::vector<std::size_t> range(to - from);
  std::iota(range.begin(), range.end(), from);
  return range;
}

class PostBatchTest : public testing::Test {
 protected:
  void SetUp() override {
    settings_.rpc.max_items_in_flight = 1000;
    service_ = std::make_unique<EgressService>(settings_, dispatcher_);
    grpc::ServerBuilder builder;
    builder.RegisterService(service_.get());
    server_ = builder.BuildAndStart();
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(-1);
    stub_ = v1::EgressService::NewStub(server_->InProcessChannel(arguments));
  }
  void TearDown() override {
    server_->Shutdown();
    EXPECT_TRUE(dispatcher_.HoldsNoBatch()) << "an ended RPC is gone";
  }

  static v1::PostBatchRequest Batch(int items) {
    v1::PostBatchRequest request;
    request.mutable_defaults()->set_url("http://origin.test/");
    for (int i = 0; i < items; ++i) request.add_items()->set_id("id-" + std::to_string(i));
    return request;
  }
  void Start(Call& call, const v1::PostBatchRequest& request) {
    call.reader = stub_->PostBatch(&call.context, request);
  }

  core::Settings settings_;
  test::FakeDispatcher dispatcher_;
  std::unique_ptr<EgressService> service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::EgressService::Stub> stub_;
  std::size_t next_item_ = 0;
};

TEST_F(PostBatchTest, AnEmptyBatchEndsAtOnce) {
  Call call;
  Start(call, {});
  EXPECT_TRUE(call.Finish().ok());
  EXPECT_TRUE(call.messages.empty());
}

TEST_F(PostBatchTest, RefusedItemsAnswerWithoutBeingDispatched) {
  v1::PostBatchRequest request = Batch(3);
  for (v1::Item& item : *request.mutable_items()) item.set_url("ftp://a/");
  Call call;
  Start(call, request);
  EXPECT_TRUE(call.Finish().ok());
  EXPECT_EQ(call.Indices(), UpTo(3));
  const v1::ItemResult& result = call.messages.at(0).results(0);
  EXPECT_EQ(result.id(), "id-0");
  EXPECT_EQ(result.failure().code(), v1::FAILURE_CODE_INVALID_ITEM);
  EXPECT_EQ(result.failure().message(), "url: must start with http:// or https://");
}

TEST_F(PostBatchTest, RefusedItemsDoNotWaitForTheirSiblings) {
  v1::PostBatchRequest request = Batch(3);
  request.mutable_items(1)->set_url("ftp://a/");
  Call call;
  Start(call, request);
  ASSERT_TRUE(call.ReadOne());
  EXPECT_EQ(call.Indices(), (std::multiset<std::uint64_t>{1}));
  dispatcher_.AwaitItems(2);
  dispatcher_.End({0, 1});
  EXPECT_TRUE(call.Finish().ok());
  EXPECT_EQ(call.Indices(), UpTo(3));
}

TEST_F(PostBatchTest, ResultsComeAsTheyEnd) {
  Call call;
  Start(call, Batch(3));
  dispatcher_.AwaitItems(3);
  for (const std::size_t item : {2, 0, 1}) {
    dispatcher_.End({item});
    ASSERT_TRUE(call.ReadOne());
    EXPECT_EQ(call.messages.back().results(0).index(), item);
    EXPECT_EQ(call.messages.back().results(0).id(), "id-" + std::to_string(item));
    EXPECT_EQ(call.messages.back().results(0).response().status(), 200u);
  }
  EXPECT_TRUE(call.Finish().ok());
}

TEST_F(PostBatchTest, WhatEndsTogetherComesInOneMessage) {
  Call call;
  Start(call, Batch(500));
  dispatcher_.AwaitItems(500);
  dispatcher_.End(Range(0, 500));
  EXPECT_TRUE(call.Finish().ok());
  EXPECT_EQ(call.messages.size(), 1u);
  EXPECT_EQ(call.Indices(), UpTo(500));
}

TEST_F(PostBatchTest, WhatEndsDuringAWriteIsGatheredAndLargeResultsAreSpread) {
  constexpr std::size_t kBody = 300 * 1024;  // two of them close a message
  Call call;
  Start(call, Batch(40));
  dispatcher_.AwaitItems(40);
  for (std::size_t i = 0; i < 40; ++i) dispatcher_.End({i}, kBody);
  EXPECT_TRUE(call.Finish().ok());
  EXPECT_EQ(call.Indices(), UpTo(40));
  EXPECT_GE(call.messages.size(), 20u);
  for (const v1::PostBatchResponse& message : call.messages) {
    EXPECT_LE(message.results_size(), 2);
    EXPECT_LT(message.ByteSizeLong(), std::size_t{4 * 1024 * 1024}) << "gRPC's default limit";
  }
}

TEST_F(PostBatchTest, ResultsFromManyThreadsAreAllThere) {
  constexpr std::size_t kThreads = 4;
  constexpr std::size_t kEach = 200;
  Call call;
  Start(call, Batch(kThreads * kEach));
  dispatcher_.AwaitItems(kThreads * kEach);
  std::vector<std::thread> shards;
  for (std::size_t t = 0; t < kThreads; ++t) {
    shards.emplace_back([this, t] {
      for (std::size_t i = 0; i < kEach; ++i) dispatcher_.End({t * kEach + i}, i * 50);
    });
  }
  EXPECT_TRUE(call.Finish().ok());
  for (std::thread& shard : shards) shard.join();
  EXPECT_EQ(call.Indices(), UpTo(kThreads * kEach));
}

TEST_F(PostBatchTest, ItemsEndAMarginBeforeTheRpcDoes) {
  Call call;
  call.context.set_deadline(SystemClock::now() + seconds(20));
  const core::TimePoint begin = core::Clock::now();
  Start(call, Batch(1));
  dispatcher_.AwaitItems(1);
  const core::Duration time = dispatcher_.deadline(0) - begin;
  EXPECT_LE(time, seconds(20) - settings_.rpc.max_deadline_margin + milliseconds(20));
  EXPECT_GT(time, seconds(10));
  dispatcher_.End({0});
  EXPECT_TRUE(call.Finish().ok());
}

TEST_F(PostBatchTest, AShortDeadlineKeepsMostOfItsTime) {
  Call call;
  const auto time = milliseconds(500);
  call.context.set_deadline(SystemClock::now() + time);
  const core::TimePoint begin = core::Clock::now();
  Start(call, Batch(1));
  dispatcher_.AwaitItems(1);
  EXPECT_LE(dispatcher_.deadline(0) - begin, time * 9 / 10 + milliseconds(20));
  dispatcher_.End({0});
  call.Finish();
}

// Some languages say "no deadline" as a number of centuries.
TEST_F(PostBatchTest, ADistantDeadlineIsAsGoodAsNone) {
  constexpr std::int64_t kYear = 365 * 24 * 60 * 60;
  for (const std::int64_t years : {1, 100, 250, 290, 300, 1000, 10'000}) {
    Call call;
    gpr_timespec deadline = gpr_now(GPR_CLOCK_REALTIME);
    deadline.tv_sec += years * kYear;
    call.context.set_deadline(deadline);
    const std::size_t item = next_item_++;
    const core::TimePoint begin = core::Clock::now();
    Start(call, Batch(1));
    dispatcher_.AwaitItems(item + 1);
    EXPECT_GE(dispatcher_.deadline(item) - begin, settings_.item.default_timeout - seconds(1))
        << years;
    dispatcher_.End({item});
    EXPECT_TRUE(call.Finish().ok()) << years;
  }
}

TEST_F(PostBatchTest, ACancelledRpcCancelsItsItems) {
  Call call;
  Start(call, Batch(5));
  dispatcher_.AwaitItems(5);
  dispatcher_.End({1});
  ASSERT_TRUE(call.ReadOne());
  call.context.TryCancel();
  EXPECT_EQ(call.Finish().error_code(), grpc::StatusCode::CANCELLED);
  dispatcher_.AwaitCancellations(1);
}

TEST_F(PostBatchTest, APassedDeadlineCancelsItsItems) {
  Call call;
  call.context.set_deadline(SystemClock::now() + milliseconds(50));
  Start(call, Batch(5));
  EXPECT_EQ(call.Finish().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  dispatcher_.AwaitCancellations(1);
}

TEST_F(PostBatchTest, ACallerThatVanishesAtAnyMomentLeavesNothingBehind) {
  std::mt19937_64 random(5);
  constexpr int kItems = 20;
  for (std::size_t round = 0; round < 50; ++round) {
    Call call;
    Start(call, Batch(kItems));
    const std::size_t first = round * kItems;
    dispatcher_.AwaitItems(first + kItems);
    std::thread shard([&] {
      for (std::size_t i = 0; i < kItems; ++i) dispatcher_.End({first + i}, 10'000);
    });
    for (int reads = std::uniform_int_distribution<int>(0, 3)(random); reads > 0; --reads)
      call.ReadOne();
    call.context.TryCancel();
    call.Finish();
    shard.join();
  }
}

TEST_F(PostBatchTest, ABatchOverTheLimitIsRefusedWhole) {
  Call large;
  Start(large, Batch(1001));
  const grpc::Status status = large.Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(status.error_message(), "batch of 1001 items: the gate carries at most 1000 at a time");
  EXPECT_TRUE(large.messages.empty());
}

TEST_F(PostBatchTest, EndedItemsMakeRoomForOthers) {
  Call first;
  Start(first, Batch(600));
  dispatcher_.AwaitItems(600);
  Call refused;
  Start(refused, Batch(600));
  EXPECT_EQ(refused.Finish().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  dispatcher_.End(Range(0, 200));
  Call second;
  Start(second, Batch(600));
  dispatcher_.AwaitItems(1200);
  dispatcher_.End(Range(200, 600));
  dispatcher_.End(Range(600, 1200));
  EXPECT_TRUE(first.Finish().ok());
  EXPECT_TRUE(second.Finish().ok());
  EXPECT_EQ(second.Indices(), UpTo(600));
  Call all;
  Start(all, Batch(1000));
  dispatcher_.AwaitItems(2200);
  dispatcher_.End(Range(1200, 2200));
  EXPECT_TRUE(all.Finish().ok()) << "everything was given back";
}

TEST_F(PostBatchTest, CapabilitiesAreTheLimitsThatHold) {
  grpc::ClientContext context;
  v1::GetCapabilitiesResponse capabilities;
  ASSERT_TRUE(stub_->GetCapabilities(&context, {}, &capabilities).ok());
  EXPECT_NE(capabilities.version(), "");
  EXPECT_EQ(capabilities.max_request_message_bytes(), settings_.rpc.max_request_message_bytes);
  EXPECT_EQ(capabilities.max_response_body_bytes(), settings_.item.max_response_body_bytes);
  EXPECT_EQ(capabilities.max_items_in_flight(), 1000u);
  EXPECT_EQ(capabilities.default_timeout().seconds(), 30);
  EXPECT_EQ(capabilities.max_timeout().seconds(), 600);
}

TEST_F(PostBatchTest, StreamsAreNotServedYet) {
  grpc::ClientContext context;
  const auto stream = stub_->PostStream(&context);
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

}  // namespace
}  // namespace postern::rpc
