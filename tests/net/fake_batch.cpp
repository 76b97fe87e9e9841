#include "fake_batch.h"

#include <gtest/gtest.h>

#include "net/shard_pool.h"
#include "sockets.h"

namespace postern::test {
namespace {

const char* NameOf(core::FailureCode code) {
  constexpr const char* kNames[] = {"NONE",
                                    "INVALID_ITEM",
                                    "POLICY_DENIED",
                                    "OVERLOADED",
                                    "RATE_LIMITED",
                                    "CIRCUIT_OPEN",
                                    "DNS",
                                    "CONNECT",
                                    "TLS",
                                    "TIMEOUT",
                                    "CONNECTION_LOST",
                                    "BAD_RESPONSE",
                                    "RESPONSE_TOO_LARGE",
                                    "CANCELLED",
                                    "DRAINING",
                                    "INTERNAL"};
  return kNames[static_cast<std::size_t>(code)];
}

const char* NameOf(core::Phase phase) {
  constexpr const char* kNames[] = {"NONE", "QUEUE", "DNS",     "CONNECT", "TLS",
                                    "SEND", "WAIT",  "RECEIVE", "BACKOFF"};
  return kNames[static_cast<std::size_t>(phase)];
}

const char* NameOf(core::Delivery delivery) {
  constexpr const char* kNames[] = {"UNSPECIFIED", "NOT_SENT", "MAYBE_SENT", "ANSWERED"};
  return kNames[static_cast<std::size_t>(delivery)];
}

}  // namespace

std::unique_ptr<core::Dispatcher> MakePool(const core::Settings& settings,
                                           const PoolOptions& options) {
  std::vector<core::Cidr> allowed;
  for (const std::string& text : options.allowed) {
    allowed.push_back(core::Cidr::Parse(text).value());
  }
  net::EgressOptions egress{core::AddressRules(allowed), "", options.dns_servers};
  auto pool = net::ShardPool::Create(options.shards, settings, std::move(egress));
  EXPECT_TRUE(pool.ok()) << pool.status();
  return *std::move(pool);
}

void FakeBatch::Add(const std::string& url, const ItemOptions& options) {
  Entry& entry = entries_.emplace_back();
  entry.url = url;
  entry.options = options;
  EXPECT_EQ(http::ParseUrl(entry.url, entry.url.size(), entry.parsed), "") << url;
  core::Item& item = entry.item;
  item.request.destination = &entry.parsed.destination;
  item.request.method = entry.options.method;
  item.request.target = entry.parsed.target;
  item.request.body = entry.options.body;
  item.body_rule = options.body_rule;
  item.attempt_timeout = options.attempt_timeout;
  item.index = entries_.size() - 1;
}

void FakeBatch::Dispatch(core::Dispatcher& dispatcher) {
  core::ItemQueue items;
  const core::TimePoint now = core::Clock::now();
  for (Entry& entry : entries_) {
    entry.item.deadline = now + entry.options.time;
    items.push_back(entry.item);
  }
  dispatcher.Dispatch(shared_from_this(), items);
  EXPECT_TRUE(items.empty());
}

void FakeBatch::Await(std::size_t count) {
  std::unique_lock lock(mutex_);
  EXPECT_TRUE(changed_.wait_for(lock, Patience(), [&] { return ended_ >= count; }))
      << ended_ << " of " << count << " have ended";
}

std::size_t FakeBatch::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}

std::string FakeBatch::Verdict(std::size_t index) const {
  if (!entries_[index].ended) return "still running";
  const core::Result& outcome = result(index);
  const core::Failure& failure = outcome.failure;
  if (failure.code == core::FailureCode::kNone) {
    return std::to_string(outcome.response.status) + " " + outcome.response.body;
  }
  EXPECT_NE(failure.message, "") << "every failure says what happened";
  return std::string(NameOf(failure.code)) + " in " + NameOf(failure.phase) + ", " +
         NameOf(failure.delivery);
}

void FakeBatch::Deliver(core::ItemQueue& ended) {
  {
    const std::lock_guard lock(mutex_);
    while (!ended.empty()) {
      core::Item& item = ended.front();
      ended.pop_front();
      Entry& entry = entries_[item.index];
      EXPECT_FALSE(entry.ended) << "one result for each item";
      EXPECT_NE(item.result, nullptr);
      EXPECT_FALSE(item.armed());
      EXPECT_FALSE(item.live_hook.is_linked());
      entry.ended = true;
      ++ended_;
    }
  }
  changed_.notify_all();
}

}  // namespace postern::test
