#include "rpc/server.h"

#include <utility>

#include <grpc/support/log.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>

#include "rpc/listener.h"

namespace postern::rpc {
namespace {

void ConfigureLimits(const core::RpcLimits& limits, grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(static_cast<int>(limits.max_request_message_bytes));
  builder.SetMaxSendMessageSize(-1);  // bounded by the items' own limits on response bodies
  // A compressed message is inflated whole before its size is checked: refuse compression.
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, limits.max_concurrent_streams);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT,
                             0);  // two daemons never share a port by accident
}

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const std::vector<std::string>& listeners,
                                                      const core::Settings& settings,
                                                      core::Dispatcher& dispatcher) {
  gpr_set_log_function(
      [](gpr_log_func_args*) {});  // what matters of gRPC's log comes back as a status
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  std::unique_ptr<Server> self(new Server(settings, dispatcher));
  grpc::ServerBuilder builder;
  ConfigureLimits(settings.rpc, builder);
  builder.RegisterService(&self->service_);
  std::vector<int> ports(listeners.size(), 0);
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    if (absl::Status status = CheckListenerSyntax(listeners[i]); !status.ok()) return status;
    if (absl::Status status = CheckListener(listeners[i]); !status.ok()) return status;
    builder.AddListeningPort(listeners[i], grpc::InsecureServerCredentials(), &ports[i]);
  }
  self->server_ = builder.BuildAndStart();
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    if (self->server_ == nullptr || ports[i] == 0) {
      return absl::UnavailableError("cannot listen on " + listeners[i] +
                                    ": the address was taken meanwhile");
    }
    self->addresses_.push_back(WithPort(listeners[i], ports[i]));
  }
  self->SetHealth(true);
  return self;
}

void Server::SetHealth(bool serving) {
  grpc::HealthCheckServiceInterface* const health = server_->GetHealthCheckService();
  if (health == nullptr) return;
  health->SetServingStatus(serving);
  health->SetServingStatus(v1::EgressService::service_full_name(), serving);
}

}  // namespace postern::rpc
