#ifndef POSTERN_TESTS_CLIENT_LIB_FAKE_GATE_H_
#define POSTERN_TESTS_CLIENT_LIB_FAKE_GATE_H_

#include <functional>
#include <memory>
#include <string>

#include <grpcpp/server.h>
#include <grpcpp/server_context.h>

#include "postern/v1/egress.grpc.pb.h"

namespace postern::test {

// An EgressService on a free port of the loopback interface that does what the test says.
class FakeGate : private v1::EgressService::Service {
 public:
  using Writer = grpc::ServerWriter<v1::PostBatchResponse>;
  // Plays one call; runs on a thread of gRPC's, so several at a time.
  using Script =
      std::function<grpc::Status(grpc::ServerContext&, const v1::PostBatchRequest&, Writer&)>;

  explicit FakeGate(Script script);
  ~FakeGate() override;

  // "127.0.0.1:PORT"
  const std::string& target() const { return target_; }
  // Stops serving; calls under way are cancelled and waited for.
  void Stop();

  // Answers every item with 200 and its own body, one message for each.
  static Script Echo();

 private:
  grpc::Status PostBatch(grpc::ServerContext* context, const v1::PostBatchRequest* request,
                         Writer* writer) override;

  Script script_;
  std::string target_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace postern::test

#endif  // POSTERN_TESTS_CLIENT_LIB_FAKE_GATE_H_
