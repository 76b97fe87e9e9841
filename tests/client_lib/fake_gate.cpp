#include "fake_gate.h"

#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>

namespace postern::test {

FakeGate::FakeGate(Script script) : script_(std::move(script)) {
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.SetMaxReceiveMessageSize(-1);
  builder.RegisterService(this);
  server_ = builder.BuildAndStart();
  if (server_ == nullptr)
    throw std::runtime_error("the fake gate cannot listen on the loopback interface");
  target_ = "127.0.0.1:" + std::to_string(port);
}

FakeGate::~FakeGate() { Stop(); }

void FakeGate::Stop() {
  // A deadline in the past: what is under way is cancelled at once.
  server_->Shutdown(std::chrono::system_clock::time_point());
  server_->Wait();
}

FakeGate::Script FakeGate::Echo() {
  return [](grpc::ServerContext&, const v1::PostBatchRequest& request, Writer& writer) {
    for (int i = 0; i < request.items_size(); ++i) {
      v1::PostBatchResponse message;
      v1::ItemResult* result = message.add_results();
      result->set_id(request.items(i).id());
      result->set_index(static_cast<std::uint64_t>(i));
      result->mutable_response()->set_status(200);
      result->mutable_response()->set_body(request.items(i).body());
      writer.Write(message);
    }
    return grpc::Status::OK;
  };
}

grpc::Status FakeGate::PostBatch(grpc::ServerContext* context, const v1::PostBatchRequest* request,
                                 Writer* writer) {
  return script_(*context, *request, *writer);
}

}  // namespace postern::test
