#include "rpc/outbox.h"

#include <deque>

#include <gtest/gtest.h>

namespace postern::rpc {
namespace {

constexpr std::size_t kMessageBytes = 10'000;

class OutboxTest : public testing::Test {
 protected:
  void Add(std::uint64_t index, std::size_t body_bytes = 0) {
    core::Item& item = items_.emplace_back();
    item.index = index;
    item.result = std::make_unique<core::Result>();
    item.result->response.status = 200;
    item.result->response.body = std::string(body_bytes, 'b');
    outbox_.Add(item, std::to_string(index));
  }
  static std::vector<std::uint64_t> IndicesOf(const v1::PostBatchResponse* message) {
    std::vector<std::uint64_t> indices;
    for (const v1::ItemResult& result : message->results()) indices.push_back(result.index());
    return indices;
  }
  using Indices = std::vector<std::uint64_t>;

  std::deque<core::Item> items_;
  Outbox<v1::PostBatchResponse> outbox_{kMessageBytes};
};

TEST_F(OutboxTest, HasNothingToWriteAtFirst) {
  EXPECT_EQ(outbox_.BeginWrite(), nullptr);
  EXPECT_FALSE(outbox_.writing());
  EXPECT_TRUE(outbox_.nothing_waits());
}

TEST_F(OutboxTest, WhatWaitsGoesOutInOneMessageInOrder) {
  for (const std::uint64_t index : {3, 1, 2}) Add(index);
  EXPECT_FALSE(outbox_.nothing_waits());
  const v1::PostBatchResponse* const message = outbox_.BeginWrite();
  ASSERT_NE(message, nullptr);
  EXPECT_EQ(IndicesOf(message), (Indices{3, 1, 2}));
  EXPECT_EQ(message->results(0).id(), "3");
  EXPECT_TRUE(outbox_.writing());
  EXPECT_TRUE(outbox_.nothing_waits());
}

TEST_F(OutboxTest, OneMessageIsInFlightAndStaysAsItIs) {
  Add(0);
  const v1::PostBatchResponse* const first = outbox_.BeginWrite();
  Add(1);
  Add(2);
  EXPECT_EQ(outbox_.BeginWrite(), nullptr);
  EXPECT_EQ(IndicesOf(first), Indices{0});
  outbox_.EndWrite();
  EXPECT_FALSE(outbox_.writing());
  EXPECT_EQ(IndicesOf(outbox_.BeginWrite()), (Indices{1, 2}));
}

TEST_F(OutboxTest, AMessageIsClosedWhenItHasItsBytes) {
  Add(0, kMessageBytes / 2);
  Add(1, kMessageBytes / 2);  // reaches the limit
  Add(2);
  Add(3, 5 * kMessageBytes);  // one result is never split
  Add(4);
  std::vector<Indices> messages;
  while (const v1::PostBatchResponse* const message = outbox_.BeginWrite()) {
    messages.push_back(IndicesOf(message));
    outbox_.EndWrite();
  }
  EXPECT_EQ(messages, (std::vector<Indices>{{0, 1}, {2, 3}, {4}}));
}

TEST_F(OutboxTest, ClearDropsWhatWaitsAndNotWhatIsInFlight) {
  Add(0);
  const v1::PostBatchResponse* const first = outbox_.BeginWrite();
  Add(1);
  outbox_.Clear();
  EXPECT_TRUE(outbox_.nothing_waits());
  EXPECT_EQ(IndicesOf(first), Indices{0});
  outbox_.EndWrite();
  EXPECT_EQ(outbox_.BeginWrite(), nullptr);
  Add(2);
  EXPECT_EQ(IndicesOf(outbox_.BeginWrite()), Indices{2});
}

}  // namespace
}  // namespace postern::rpc
