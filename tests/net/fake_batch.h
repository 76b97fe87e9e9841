#ifndef POSTERN_TESTS_NET_FAKE_BATCH_H_
#define POSTERN_TESTS_NET_FAKE_BATCH_H_

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/dispatcher.h"
#include "core/settings.h"
#include "http/url.h"

namespace postern::test {

struct PoolOptions {
  std::size_t shards = 1;
  std::vector<std::string> allowed{"127.0.0.0/8"};
  std::vector<core::Endpoint> dns_servers{};
};

// A net::ShardPool, behind the interface that its callers know.
std::unique_ptr<core::Dispatcher> MakePool(const core::Settings& settings = {},
                                           const PoolOptions& options = {});

struct ItemOptions {
  std::string method = "GET";
  std::string body{};
  core::Duration time = std::chrono::minutes(1);  // until its deadline
  core::Duration attempt_timeout{0};
  core::BodyRule body_rule{core::BodyMode::kKeep, 1024 * 1024};
};

// A batch without an RPC: takes results and makes sure that each item has exactly one.
class FakeBatch final : public core::Batch, public std::enable_shared_from_this<FakeBatch> {
 public:
  static std::shared_ptr<FakeBatch> Make() { return std::make_shared<FakeBatch>(); }

  void Add(const std::string& url, const ItemOptions& options = {});
  // Hands all items over; call once.
  void Dispatch(core::Dispatcher& dispatcher);

  // Waits until so many items have ended; a test failure when they do not.
  void Await(std::size_t count);
  void AwaitAll() { Await(entries_.size()); }

  std::size_t size() const { return entries_.size(); }
  std::size_t ended() const;
  const core::Result& result(std::size_t index) const { return *entries_[index].item.result; }
  // What became of an item that has ended: "200 body", or "TIMEOUT in QUEUE, NOT_SENT".
  std::string Verdict(std::size_t index) const;

  void Deliver(core::ItemQueue& ended) override;

 private:
  struct Entry {
    std::string url;
    http::Url parsed;
    ItemOptions options;
    core::Item item;
    bool ended = false;
  };

  std::deque<Entry> entries_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t ended_ = 0;
};

}  // namespace postern::test

#endif  // POSTERN_TESTS_NET_FAKE_BATCH_H_
