#include "rpc/egress_service.h"

#include "rpc/post_batch.h"
#include "version.h"

namespace postern::rpc {
namespace {

void Set(core::Duration duration, google::protobuf::Duration& message) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration);
  message.set_seconds(seconds.count());
  message.set_nanos(static_cast<int>(std::chrono::nanoseconds(duration - seconds).count()));
}

}  // namespace

grpc::ServerWriteReactor<v1::PostBatchResponse>* EgressService::PostBatch(
    grpc::CallbackServerContext* context, const v1::PostBatchRequest* request) {
  return PostBatchCall::Start(*context, *request, settings_, dispatcher_, admission_);
}

grpc::ServerUnaryReactor* EgressService::GetCapabilities(grpc::CallbackServerContext* context,
                                                         const v1::GetCapabilitiesRequest*,
                                                         v1::GetCapabilitiesResponse* response) {
  response->set_version(POSTERN_VERSION);
  response->set_max_request_message_bytes(settings_.rpc.max_request_message_bytes);
  response->set_max_response_body_bytes(settings_.item.max_response_body_bytes);
  response->set_max_items_in_flight(settings_.rpc.max_items_in_flight);
  Set(settings_.item.default_timeout, *response->mutable_default_timeout());
  Set(settings_.item.max_timeout, *response->mutable_max_timeout());
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

}  // namespace postern::rpc
