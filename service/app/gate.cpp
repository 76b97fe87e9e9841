#include "app/gate.h"

#include <utility>

namespace postern::app {
namespace {

// Past the end of the drain: time for the last verdicts to be read before gRPC cuts their RPCs.
constexpr auto kVerdictTime = std::chrono::seconds(5);

}  // namespace

absl::StatusOr<std::unique_ptr<Gate>> Gate::Start(Options options) {
  std::unique_ptr<Gate> gate(new Gate(std::move(options)));
  const Options& chosen = gate->options_;
  // The shards first: from its first moment on the server hands them work.
  net::EgressOptions egress{core::AddressRules(chosen.allowed_cidrs), chosen.ca_file,
                            chosen.dns_servers};
  auto shards = net::ShardPool::Create(chosen.shards, chosen.settings, std::move(egress));
  if (!shards.ok()) return shards.status();
  gate->shards_ = *std::move(shards);
  auto server = rpc::Server::Start(chosen.listeners, chosen.settings, *gate->shards_);
  if (!server.ok()) return server.status();
  gate->server_ = *std::move(server);
  return gate;
}

void Gate::Drain() {
  server_->StopServing();
  server_->Shutdown(std::chrono::system_clock::now() + shutdown_grace() + kVerdictTime);
}

void Gate::EndDrain() { shards_->CancelAll(); }

}  // namespace postern::app
