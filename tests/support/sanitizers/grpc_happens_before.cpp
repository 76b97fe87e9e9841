// Tells ThreadSanitizer what gRPC orders. Debian's gRPC is not built with it, so that its locks and
// atomics are invisible, and every object handed from one callback to the next looks like a race.
// Linked into the programs of the tsan preset only, where these definitions stand before those of
// the libraries; our own code stays fully watched.
#include <cstddef>
#include <dlfcn.h>
#include <thread>

#include <absl/synchronization/mutex.h>
#include <grpc/grpc.h>
#include <grpcpp/support/server_callback.h>
#include <sanitizer/tsan_interface.h>

namespace {

template <typename Function>
Function* NextDefinition(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

// An operation's start happens before its completion: the tag is what both share.
extern "C" {

grpc_call_error grpc_call_start_batch(grpc_call* call, const grpc_op* ops, std::size_t count,
                                      void* tag, void* reserved) {
  static auto* const next = NextDefinition<decltype(grpc_call_start_batch)>(__func__);
  if (tag != nullptr) __tsan_release(tag);
  return next(call, ops, count, tag, reserved);
}

grpc_event grpc_completion_queue_next(grpc_completion_queue* queue, gpr_timespec deadline,
                                      void* reserved) {
  static auto* const next = NextDefinition<decltype(grpc_completion_queue_next)>(__func__);
  const grpc_event event = next(queue, deadline, reserved);
  if (event.type == GRPC_OP_COMPLETE && event.tag != nullptr) __tsan_acquire(event.tag);
  return event;
}

}  // extern "C"

// The locks inside gRPC, and those of its reactors, are Abseil's.
namespace absl {
ABSL_NAMESPACE_BEGIN

void Mutex::Lock() {
  static auto* const next = NextDefinition<void(Mutex*)>("_ZN4absl7debian35Mutex4LockEv");
  next(this);
  __tsan_acquire(this);
}

void Mutex::Unlock() {
  static auto* const next = NextDefinition<void(Mutex*)>("_ZN4absl7debian35Mutex6UnlockEv");
  __tsan_release(this);
  next(this);
}

ABSL_NAMESPACE_END
}  // namespace absl

// The last two reactions of a call run on gRPC's executor, of which nothing can be seen. Here each
// gets a thread of its own, whose start is an order that ThreadSanitizer knows; the counters hold
// that of all earlier reactions.
namespace grpc::internal {

void ServerCallbackCall::ScheduleOnDone(bool /*inline_ondone*/) {
  __tsan_acquire(&callbacks_outstanding_);
  std::thread([this] { CallOnDone(); }).detach();
}

void ServerCallbackCall::CallOnCancel(ServerReactor* reactor) {
  __tsan_acquire(&on_cancel_conditions_remaining_);
  Ref();
  std::thread([this, reactor] {
    reactor->OnCancel();
    MaybeDone();
  }).detach();
}

}  // namespace grpc::internal
