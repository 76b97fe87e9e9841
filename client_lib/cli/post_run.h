#ifndef POSTERN_CLI_POST_RUN_H_
#define POSTERN_CLI_POST_RUN_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cli/batch_runner.h"
#include "cli/console.h"
#include "cli/event_fd.h"
#include "cli/item_source.h"
#include "cli/post_options.h"
#include "cli/stop_signals.h"
#include "cli/tally.h"
#include "postern/client.h"

namespace postern::cli {

// One run of `postern post`: carries items from their source to the gate, and results to the
// console. A single loop, on the caller's thread, waits for input, room at the gate and signals;
// results come from the runner's threads.
class PostRun {
 public:
  explicit PostRun(const PostOptions& options);

  // Reports a line that is not an item. Called by the source that Run() drives.
  void ReportBadLine(std::uint64_t line, const std::string& reason);

  // Sends what the source gives, until its end, a failed call, failed output or a signal; then
  // tells the summary. Returns the exit status. Once.
  int Run(ItemSource* source);

 private:
  // Moves items on until nothing more can be done without waiting; false at the end of the run.
  bool Advance(ItemSource* source);
  // With what its items inherit.
  IndexedBatch EmptyBatch() const;
  void Collect(ItemSource* source);
  bool PendingIsFull() const;
  void Wait(const ItemSource& source);
  void TakeResult(const ItemResult& result, std::uint64_t index, absl::Duration latency);
  void TakeCallEnd(const absl::Status& status, std::size_t missing);
  absl::Duration elapsed() const;
  Progress CurrentProgress();
  int Conclude();

  const PostOptions& options_;
  const Color color_;
  const std::chrono::steady_clock::time_point started_at_;
  EventFd wake_;
  StopSignals signals_;
  // Nothing more is read or sent; what is under way goes on.
  std::atomic<bool> stopped_ = false;

  std::mutex mutex_;
  // These under the mutex.
  Tally tally_;
  std::optional<std::uint64_t> total_;
  absl::Status call_error_;

  Console console_;
  Client client_;
  BatchRunner runner_;

  // Of the loop: what is collected for the next call, and what the source last said.
  IndexedBatch pending_;
  ItemSource::Event source_state_ = ItemSource::Event::kItem;
};

}  // namespace postern::cli

#endif  // POSTERN_CLI_POST_RUN_H_
