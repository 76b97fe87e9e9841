#include "cli/batch_runner.h"

#include <chrono>
#include <cstddef>
#include <utility>

namespace postern::cli {

BatchRunner::BatchRunner(Client* client, const CallOptions& options, Limits limits,
                         Handlers handlers, EventFd* changed)
    : client_(client),
      options_(options),
      limits_(limits),
      handlers_(std::move(handlers)),
      changed_(changed) {}

BatchRunner::~BatchRunner() {
  Cancel();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    work_arrived_.notify_all();
  }
  for (std::thread& thread : threads_) thread.join();
}

bool BatchRunner::HasRoom(const IndexedBatch& batch) {
  const std::lock_guard lock(mutex_);
  const Load more = {.items = batch.indexes.size(), .calls = 1, .bytes = batch.bytes};
  if (Fits(more)) return true;
  refused_ = more;
  return false;
}

bool BatchRunner::Fits(const Load& more) const {
  return load_.calls == 0 ||
         (load_.items + more.items <= limits_.items && load_.calls + more.calls <= limits_.calls &&
          load_.bytes + more.bytes <= limits_.bytes);
}

void BatchRunner::Start(IndexedBatch batch) {
  const std::lock_guard lock(mutex_);
  load_.items += batch.indexes.size();
  load_.calls += 1;
  load_.bytes += batch.bytes;
  waiting_.push_back(std::move(batch));
  if (load_.calls > threads_.size()) {
    threads_.emplace_back([this] { RunCalls(); });
  } else {
    work_arrived_.notify_one();
  }
}

bool BatchRunner::idle() {
  const std::lock_guard lock(mutex_);
  return load_.calls == 0;
}

void BatchRunner::Cancel() {
  const std::lock_guard lock(mutex_);
  cancelled_ = true;
  for (BatchCall* call : running_) call->Cancel();
}

void BatchRunner::Release(const Load& load) {
  load_.items -= load.items;
  load_.calls -= load.calls;
  load_.bytes -= load.bytes;
  if (load_.calls == 0 || (refused_.has_value() && Fits(*refused_))) {
    refused_.reset();
    changed_->Signal();
  }
}

void BatchRunner::RunCalls() {
  std::unique_lock lock(mutex_);
  while (true) {
    work_arrived_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const IndexedBatch batch = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    RunCall(batch);
    lock.lock();
  }
}

void BatchRunner::RunCall(const IndexedBatch& batch) {
  const Clock::time_point sent_at = Clock::now();
  BatchCall call = client_->PostBatch(batch.batch, options_);
  {
    const std::lock_guard lock(mutex_);
    running_.insert(&call);
    if (cancelled_) call.Cancel();
  }
  const std::size_t missing = ReadResults(&call, batch, sent_at);
  const absl::Status status = call.Finish();
  handlers_.on_call_ended(status, missing);
  const std::lock_guard lock(mutex_);
  running_.erase(&call);
  Release({.items = missing, .calls = 1, .bytes = batch.bytes});
}

std::size_t BatchRunner::ReadResults(BatchCall* call, const IndexedBatch& batch,
                                     Clock::time_point sent_at) {
  std::size_t missing = batch.indexes.size();
  for (const ItemResult& result : *call) {
    // A gate that makes up results must not lead us astray.
    if (missing == 0 || result.index() >= batch.indexes.size()) continue;
    --missing;
    handlers_.on_result(result, batch.indexes[result.index()],
                        absl::FromChrono(Clock::now() - sent_at));
    const std::lock_guard lock(mutex_);
    Release({.items = 1, .calls = 0, .bytes = 0});
  }
  return missing;
}

}  // namespace postern::cli
