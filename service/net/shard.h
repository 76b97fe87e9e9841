#ifndef POSTERN_NET_SHARD_H_
#define POSTERN_NET_SHARD_H_

#include <memory>
#include <optional>
#include <thread>
#include <unordered_map>

#include <absl/status/statusor.h>
#include <boost/asio/executor_work_guard.hpp>

#include "core/address_rules.h"
#include "core/dispatcher.h"
#include "core/settings.h"
#include "net/dialler.h"
#include "net/origin.h"
#include "net/resolver.h"
#include "net/shard_loop.h"
#include "net/tls_client.h"

namespace postern::net {

// What shards need to know besides the settings.
struct EgressOptions {
  core::AddressRules address_rules;
  std::string ca_file;                      // empty: the system's CAs
  std::vector<core::Endpoint> dns_servers;  // empty: those of resolv.conf
};

// One thread with one loop that owns everything about its origins. No locks inside.
class Shard {
 public:
  // `settings` and `options` outlive the shard.
  static absl::StatusOr<std::unique_ptr<Shard>> Create(const core::Settings& settings,
                                                       const EgressOptions& options);
  // Stops the loop and joins the thread. Items that have not ended are abandoned: end them first.
  ~Shard();
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  // All thread-safe; they act on the shard's own thread.
  void Accept(std::shared_ptr<core::Batch> batch, core::ItemQueue items);
  void Cancel(std::shared_ptr<core::Batch> batch);
  void CancelAll();

 private:
  Shard(const core::Settings& settings, const EgressOptions& options);

  void AcceptHere(std::shared_ptr<core::Batch> batch, core::ItemQueue& items);
  void CancelHere(core::BatchPart& part, core::CancelReason reason);
  void EndUnstarted(core::Item& item, core::CancelReason reason);
  Origin& OriginOf(const core::Destination& destination);

  const core::Settings& settings_;
  const EgressOptions& options_;
  asio::io_context io_{1};
  asio::executor_work_guard<Executor> work_;
  ShardLoop loop_;
  std::unique_ptr<TlsClient> tls_;
  std::unique_ptr<Resolver> resolver_;
  std::optional<Dialler> dialler_;
  // Batches, and with them the items that origins link, go after the origins.
  std::unordered_map<const core::Batch*, core::BatchPart> parts_;
  std::unordered_map<core::Destination, std::unique_ptr<Origin>, core::DestinationHash> origins_;
  bool draining_ = false;
  std::thread thread_;
};

}  // namespace postern::net

#endif  // POSTERN_NET_SHARD_H_
