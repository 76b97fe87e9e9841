#ifndef POSTERN_RPC_EGRESS_SERVICE_H_
#define POSTERN_RPC_EGRESS_SERVICE_H_

#include "postern/v1/egress.grpc.pb.h"

#include "core/admission.h"
#include "core/dispatcher.h"
#include "core/settings.h"

namespace postern::rpc {

// postern.v1.EgressService.
class EgressService final : public v1::EgressService::CallbackService {
 public:
  // Both outlive the service.
  EgressService(const core::Settings& settings, core::Dispatcher& dispatcher)
      : settings_(settings),
        dispatcher_(dispatcher),
        admission_(settings.rpc.max_items_in_flight) {}

  grpc::ServerWriteReactor<v1::PostBatchResponse>* PostBatch(
      grpc::CallbackServerContext* context, const v1::PostBatchRequest* request) override;
  grpc::ServerUnaryReactor* GetCapabilities(grpc::CallbackServerContext* context,
                                            const v1::GetCapabilitiesRequest* request,
                                            v1::GetCapabilitiesResponse* response) override;

 private:
  const core::Settings& settings_;
  core::Dispatcher& dispatcher_;
  core::Admission admission_;
};

}  // namespace postern::rpc

#endif  // POSTERN_RPC_EGRESS_SERVICE_H_
