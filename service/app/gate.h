#ifndef POSTERN_APP_GATE_H_
#define POSTERN_APP_GATE_H_

#include <memory>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "app/options.h"
#include "net/shard_pool.h"
#include "rpc/server.h"

namespace postern::app {

// The whole gate, wired. Built from the inside out and taken down in the opposite order.
class Gate {
 public:
  static absl::StatusOr<std::unique_ptr<Gate>> Start(Options options);

  const std::vector<std::string>& addresses() const { return server_->addresses(); }

  // Takes no new work, and returns when all that there was has ended. Call once, from a thread of
  // its own.
  void Drain();
  // Ends at once what a drain is still waiting for; each item gets its verdict. Thread-safe.
  void EndDrain();

  core::Duration shutdown_grace() const { return options_.settings.rpc.shutdown_grace; }

 private:
  explicit Gate(Options options) : options_(std::move(options)) {}

  const Options options_;
  std::unique_ptr<net::ShardPool> shards_;
  std::unique_ptr<rpc::Server> server_;
};

}  // namespace postern::app

#endif  // POSTERN_APP_GATE_H_
