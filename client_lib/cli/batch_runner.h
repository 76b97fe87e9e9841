#ifndef POSTERN_CLI_BATCH_RUNNER_H_
#define POSTERN_CLI_BATCH_RUNNER_H_

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_set>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cli/event_fd.h"
#include "postern/client.h"

namespace postern::cli {

// Items to be sent in one call.
struct IndexedBatch {
  Batch batch;
  // Where each item stood in the whole input.
  std::vector<std::uint64_t> indexes;
  // What the items take as a message.
  std::size_t bytes = 0;
};

// Keeps several calls to the gate under way, so that a slow item holds up nobody else's batch. One
// thread for each call, made when first needed.
class BatchRunner {
 public:
  struct Limits {
    // Items sent and without a result yet.
    std::size_t items = 1000;
    std::size_t calls = 64;
    // Messages of the calls under way.
    std::size_t bytes = std::size_t{64} << 20;
  };

  // Called from the threads of the calls, several at a time.
  struct Handlers {
    // latency: from sending the batch.
    std::function<void(const ItemResult& result, std::uint64_t index, absl::Duration latency)>
        on_result;
    // missing: items without a result.
    std::function<void(const absl::Status& status, std::size_t missing)> on_call_ended;
  };

  // changed: signalled when there is room after HasRoom() said no, and when the last call has
  // ended.
  BatchRunner(Client* client, const CallOptions& options, Limits limits, Handlers handlers,
              EventFd* changed);
  // Cancels what is under way and waits for its end.
  ~BatchRunner();
  BatchRunner(const BatchRunner&) = delete;
  BatchRunner& operator=(const BatchRunner&) = delete;

  // Whether the batch may start now. One that is larger than everything allowed goes alone.
  bool HasRoom(const IndexedBatch& batch);
  void Start(IndexedBatch batch);
  // No call is under way, and the handlers of all have returned.
  bool idle();
  // Sticky: later calls end at once, too.
  void Cancel();

 private:
  using Clock = std::chrono::steady_clock;
  struct Load {
    std::size_t items = 0;
    std::size_t calls = 0;
    std::size_t bytes = 0;
  };

  void RunCalls();
  // Returns the number of items without a result.
  std::size_t ReadResults(BatchCall* call, const IndexedBatch& batch, Clock::time_point sent_at);
  void RunCall(const IndexedBatch& batch);
  // These need the mutex.
  bool Fits(const Load& more) const;
  void Release(const Load& load);

  Client* client_;
  CallOptions options_;
  Limits limits_;
  Handlers handlers_;
  EventFd* changed_;
  std::mutex mutex_;
  std::condition_variable work_arrived_;
  std::deque<IndexedBatch> waiting_;
  std::unordered_set<BatchCall*> running_;
  Load load_;
  // What HasRoom() last refused.
  std::optional<Load> refused_;
  bool cancelled_ = false;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace postern::cli

#endif  // POSTERN_CLI_BATCH_RUNNER_H_
