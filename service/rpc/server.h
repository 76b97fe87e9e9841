#ifndef POSTERN_RPC_SERVER_H_
#define POSTERN_RPC_SERVER_H_

#include <memory>
#include <string>
#include <vector>

#include <absl/status/statusor.h>
#include <grpcpp/server.h>

#include "core/dispatcher.h"
#include "core/settings.h"
#include "rpc/egress_service.h"

namespace postern::rpc {

// The gRPC server: EgressService, health and reflection on every listener.
class Server {
 public:
  // `listeners`: "HOST:PORT" (port 0 picks a free one) or "unix:PATH". `settings` and `dispatcher`
  // outlive the server.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const std::vector<std::string>& listeners,
                                                       const core::Settings& settings,
                                                       core::Dispatcher& dispatcher);

  // Where it listens, in the order given, free ports filled in.
  const std::vector<std::string>& addresses() const { return addresses_; }

  // Health says NOT_SERVING from now on.
  void StopServing() { SetHealth(false); }
  // Takes no new RPC and returns when all have ended; those left at the deadline are cancelled.
  void Shutdown(std::chrono::system_clock::time_point deadline) { server_->Shutdown(deadline); }

 private:
  Server(const core::Settings& settings, core::Dispatcher& dispatcher)
      : service_(settings, dispatcher) {}

  void SetHealth(bool serving);

  EgressService service_;
  std::vector<std::string> addresses_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace postern::rpc

#endif  // POSTERN_RPC_SERVER_H_
