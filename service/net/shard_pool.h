#ifndef POSTERN_NET_SHARD_POOL_H_
#define POSTERN_NET_SHARD_POOL_H_

#include <cstddef>
#include <memory>
#include <vector>

#include <absl/status/statusor.h>

#include "core/dispatcher.h"
#include "core/settings.h"
#include "net/shard.h"

namespace postern::net {

// All shards. An item goes to the shard that its destination hashes to, so that every origin lives
// on one thread.
class ShardPool final : public core::Dispatcher {
 public:
  static absl::StatusOr<std::unique_ptr<ShardPool>> Create(std::size_t shards,
                                                           const core::Settings& settings,
                                                           EgressOptions options);

  void Dispatch(std::shared_ptr<core::Batch> batch, core::ItemQueue& items) override;
  void Cancel(std::shared_ptr<core::Batch> batch) override;
  void CancelAll() override;

 private:
  ShardPool(const core::Settings& settings, EgressOptions options)
      : settings_(settings), options_(std::move(options)) {}

  const core::Settings settings_;
  const EgressOptions options_;
  std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace postern::net

#endif  // POSTERN_NET_SHARD_POOL_H_
