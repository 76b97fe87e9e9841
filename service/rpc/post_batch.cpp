#include "rpc/post_batch.h"

#include <algorithm>
#include <string>
#include <utility>

#include <grpc/support/time.h>

namespace postern::rpc {
namespace {

using core::Duration;
using core::TimePoint;

// The RPC's deadline less a margin, on the monotonic clock. Reckoned in gRPC's own type: some
// callers say "none" as a number of centuries, which overflows chrono's nanoseconds.
TimePoint ItemDeadline(const grpc::CallbackServerContext& context, const core::RpcLimits& limits,
                       TimePoint now) {
  constexpr std::int64_t kFarAway = 365 * 24 * 60 * 60;  // in seconds; no item lasts as long
  const gpr_timespec left =
      gpr_time_sub(gpr_convert_clock_type(context.raw_deadline(), GPR_CLOCK_REALTIME),
                   gpr_now(GPR_CLOCK_REALTIME));
  if (left.tv_sec > kFarAway) return TimePoint::max();
  const Duration time = std::chrono::seconds(left.tv_sec) + std::chrono::nanoseconds(left.tv_nsec);
  constexpr int kMarginShare = 10;  // of what is left, for short deadlines
  return now + time - std::min(time / kMarginShare, limits.max_deadline_margin);
}

// Answers an RPC that is refused as a whole.
class Refusal final : public grpc::ServerWriteReactor<v1::PostBatchResponse> {
 public:
  explicit Refusal(const grpc::Status& status) { Finish(status); }
  void OnDone() override { delete this; }
};

}  // namespace

grpc::ServerWriteReactor<v1::PostBatchResponse>* PostBatchCall::Start(
    grpc::CallbackServerContext& context, const v1::PostBatchRequest& request,
    const core::Settings& settings, core::Dispatcher& dispatcher, core::Admission& admission) {
  const auto items = static_cast<std::uint64_t>(request.items_size());
  if (!admission.TryAdmit(items)) {
    return new Refusal({grpc::StatusCode::RESOURCE_EXHAUSTED,
                        "batch of " + std::to_string(items) + " items: the gate carries at most " +
                            std::to_string(admission.max_items()) + " at a time"});
  }
  std::shared_ptr<PostBatchCall> call(
      new PostBatchCall(context, request, settings, dispatcher, admission));
  call->self_ = call;
  core::ItemQueue ready;
  ready.swap(call->block_.ready());
  call->Deliver(call->block_.refused());
  dispatcher.Dispatch(call, ready);
  return call.get();
}

PostBatchCall::PostBatchCall(grpc::CallbackServerContext& context,
                             const v1::PostBatchRequest& request, const core::Settings& settings,
                             core::Dispatcher& dispatcher, core::Admission& admission)
    : dispatcher_(dispatcher),
      admission_(admission),
      block_(request.items(), request.has_defaults() ? &request.defaults() : nullptr, settings.item,
             core::Clock::now(), ItemDeadline(context, settings.rpc, core::Clock::now())),
      outbox_(settings.rpc.result_message_bytes),
      unfinished_(static_cast<std::uint64_t>(request.items_size())) {}

void PostBatchCall::Deliver(core::ItemQueue& ended) {
  std::unique_lock lock(mutex_);
  const std::uint64_t count = ended.size();
  while (!ended.empty()) {
    core::Item& item = ended.front();
    ended.pop_front();
    outbox_.Add(item, block_.IdOf(item));
    item.result.reset();
  }
  unfinished_ -= count;
  admission_.Release(count);
  Proceed(std::move(lock));
}

// Starts whatever comes next: a write, the last write, the end, or nothing. gRPC is called without
// the lock, since it may call back on this very thread; one caller at a time gets past the checks.
void PostBatchCall::Proceed(std::unique_lock<std::mutex> lock) {
  if (finishing_ || outbox_.writing()) return;
  const v1::PostBatchResponse* const message = outbox_.BeginWrite();
  finishing_ = unfinished_ == 0 && outbox_.nothing_waits();
  const bool last = finishing_;
  lock.unlock();
  if (message != nullptr && last) {
    StartWriteAndFinish(message, grpc::WriteOptions(), grpc::Status::OK);
  } else if (message != nullptr) {
    StartWrite(message);
  } else if (last) {
    Finish(grpc::Status::OK);
  }
}

void PostBatchCall::OnWriteDone(bool ok) {
  std::unique_lock lock(mutex_);
  outbox_.EndWrite();
  if (!ok) outbox_.Clear();  // the caller is gone; what is left of the batch is being cancelled
  Proceed(std::move(lock));
}

void PostBatchCall::OnCancel() { dispatcher_.Cancel(self_); }

void PostBatchCall::OnDone() { self_.reset(); }

}  // namespace postern::rpc
