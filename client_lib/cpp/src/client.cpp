#include "postern/client.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <grpc/support/time.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include "postern/v1/egress.grpc.pb.h"

#include "absl/strings/str_cat.h"

namespace postern {
namespace {

constexpr int kUnlimited = -1;

std::shared_ptr<grpc::Channel> Connect(const std::string& target) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxSendMessageSize(kUnlimited);
  arguments.SetMaxReceiveMessageSize(kUnlimited);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments);
}

}  // namespace

// The asynchronous API with one operation at a time and a queue of its own: unlike gRPC's blocking
// reader, it starts without waiting for the connection, so that a call to a gate that hangs can be
// cancelled.
class BatchCall::Impl {
 public:
  Impl(v1::EgressService::Stub* stub, const Batch& batch, const CallOptions& options)
      : missing_results_(batch.size()) {
    if (options.timeout.has_value()) {
      // gpr_time_add saturates, so that the longest duration means "never".
      context_.set_deadline(
          gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                       gpr_time_from_nanos(options.timeout->count(), GPR_TIMESPAN)));
    }
    reader_ = stub->AsyncPostBatch(&context_, batch.request(), &queue_, nullptr);
  }

  ~Impl() {
    Cancel();
    Drain();
    queue_.Shutdown();
    while (Await() != Completion::kShutdown) {
    }
  }

  std::optional<ItemResult> Next() {
    while (!status_.has_value()) {
      if (next_in_message_ < message_.results_size()) {
        if (missing_results_ > 0) --missing_results_;
        return std::move(*message_.mutable_results(next_in_message_++));
      }
      next_in_message_ = 0;
      if (!ReadMessage()) End();
    }
    return std::nullopt;
  }

  void Cancel() { context_.TryCancel(); }

  absl::Status Finish() {
    Drain();
    return *status_;
  }

 private:
  enum class Completion { kDone, kFailed, kShutdown };

  // Waits for the end of the operation under way.
  Completion Await() {
    void* tag = nullptr;
    bool ok = false;
    if (!queue_.Next(&tag, &ok)) return Completion::kShutdown;
    return ok ? Completion::kDone : Completion::kFailed;
  }

  // False where there are no more.
  bool ReadMessage() {
    if (!std::exchange(started_, true) && Await() != Completion::kDone) return false;
    reader_->Read(&message_, nullptr);
    return Await() == Completion::kDone;
  }

  // gRPC requires that every call is read to its end.
  void Drain() {
    while (Next().has_value()) {
    }
  }

  void End() {
    grpc::Status status;
    reader_->Finish(&status, nullptr);
    Await();
    status_ =
        absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
    if (status_->ok() && missing_results_ > 0) {
      status_ = absl::DataLossError(absl::StrCat("the gate ended the call with ", missing_results_,
                                                 " items lacking a result"));
    }
  }

  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::ClientAsyncReader<v1::PostBatchResponse>> reader_;
  // Whether the start of the call has been waited for.
  bool started_ = false;
  v1::PostBatchResponse message_;
  int next_in_message_ = 0;
  std::size_t missing_results_;
  std::optional<absl::Status> status_;
};

BatchCall::BatchCall(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
BatchCall::BatchCall(BatchCall&&) noexcept = default;
BatchCall& BatchCall::operator=(BatchCall&&) noexcept = default;
BatchCall::~BatchCall() = default;

std::optional<ItemResult> BatchCall::Next() { return impl_->Next(); }
void BatchCall::Cancel() { impl_->Cancel(); }
absl::Status BatchCall::Finish() { return impl_->Finish(); }

class Client::Impl {
 public:
  explicit Impl(const std::string& target) : stub_(v1::EgressService::NewStub(Connect(target))) {}

  std::unique_ptr<BatchCall::Impl> PostBatch(const Batch& batch, const CallOptions& options) {
    return std::make_unique<BatchCall::Impl>(stub_.get(), batch, options);
  }

 private:
  std::unique_ptr<v1::EgressService::Stub> stub_;
};

Client::Client(const std::string& target) : impl_(std::make_unique<Impl>(target)) {}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

BatchCall Client::PostBatch(const Batch& batch, const CallOptions& options) {
  return BatchCall(impl_->PostBatch(batch, options));
}

}  // namespace postern
