#ifndef POSTERN_RPC_POST_BATCH_H_
#define POSTERN_RPC_POST_BATCH_H_

#include <memory>
#include <mutex>

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include "postern/v1/egress.pb.h"

#include "core/admission.h"
#include "core/dispatcher.h"
#include "core/settings.h"
#include "rpc/item_block.h"
#include "rpc/outbox.h"

namespace postern::rpc {

// One PostBatch RPC: the batch that the shards share, and the reactor that writes its results. It
// ends when every item has its result, and only then, so the request that the items view is there
// for as long as anybody looks.
class PostBatchCall final : public core::Batch,
                            public grpc::ServerWriteReactor<v1::PostBatchResponse> {
 public:
  // The reactor to return from the service; it deletes itself. Dispatches the items, or refuses the
  // whole batch.
  static grpc::ServerWriteReactor<v1::PostBatchResponse>* Start(
      grpc::CallbackServerContext& context, const v1::PostBatchRequest& request,
      const core::Settings& settings, core::Dispatcher& dispatcher, core::Admission& admission);

  void Deliver(core::ItemQueue& ended) override;

 private:
  PostBatchCall(grpc::CallbackServerContext& context, const v1::PostBatchRequest& request,
                const core::Settings& settings, core::Dispatcher& dispatcher,
                core::Admission& admission);

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

  void Proceed(std::unique_lock<std::mutex> lock);

  core::Dispatcher& dispatcher_;
  core::Admission& admission_;
  ItemBlock block_;
  std::shared_ptr<PostBatchCall> self_;  // until OnDone

  std::mutex mutex_;
  Outbox<v1::PostBatchResponse> outbox_;
  std::uint64_t unfinished_;  // items without a result
  bool finishing_ = false;    // the last write or Finish has been started
};

}  // namespace postern::rpc

#endif  // POSTERN_RPC_POST_BATCH_H_
