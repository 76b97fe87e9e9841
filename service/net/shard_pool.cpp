#include "net/shard_pool.h"

#include <utility>

namespace postern::net {

using core::Batch;
using core::Item;
using core::ItemQueue;

absl::StatusOr<std::unique_ptr<ShardPool>> ShardPool::Create(std::size_t shards,
                                                             const core::Settings& settings,
                                                             EgressOptions options) {
  std::unique_ptr<ShardPool> self(new ShardPool(settings, std::move(options)));
  for (std::size_t i = 0; i < shards; ++i) {
    absl::StatusOr<std::unique_ptr<Shard>> shard = Shard::Create(self->settings_, self->options_);
    if (!shard.ok()) return shard.status();
    self->shards_.push_back(*std::move(shard));
  }
  return self;
}

void ShardPool::Dispatch(std::shared_ptr<Batch> batch, ItemQueue& items) {
  std::vector<ItemQueue> by_shard(shards_.size());
  while (!items.empty()) {
    Item& item = items.front();
    items.pop_front();
    by_shard[core::DestinationHash()(*item.request.destination) % shards_.size()].push_back(item);
  }
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    if (!by_shard[i].empty()) shards_[i]->Accept(batch, std::move(by_shard[i]));
  }
}

void ShardPool::Cancel(std::shared_ptr<Batch> batch) {
  batch->MarkCancelled();
  for (const std::unique_ptr<Shard>& shard : shards_) shard->Cancel(batch);
}

void ShardPool::CancelAll() {
  for (const std::unique_ptr<Shard>& shard : shards_) shard->CancelAll();
}

}  // namespace postern::net
