#include "cli/post_run.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <iterator>
#include <poll.h>
#include <string>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "cli/exit_status.h"
#include "cli/messages.h"
#include "cli/result_json.h"
#include "cli/summary.h"

namespace postern::cli {
namespace {

// A call is sent at the latest with so many items, or once it has so many bytes.
constexpr std::size_t kFullBatchItems = 100;
constexpr std::size_t kFullBatchBytes = std::size_t{1} << 20;

bool ShowsProgress(const PostOptions& options) {
  return !options.quiet && !options.no_progress && IsRedrawable(STDERR_FILENO);
}

CallOptions ToCallOptions(const PostOptions& options) {
  CallOptions call_options;
  if (options.rpc_timeout.has_value())
    call_options.timeout = absl::ToChronoNanoseconds(*options.rpc_timeout);
  return call_options;
}

}  // namespace

PostRun::PostRun(const PostOptions& options)
    : options_(options),
      color_(ResolveColor(options.color)),
      started_at_(std::chrono::steady_clock::now()),
      signals_(&wake_),
      tally_(options.fail ? ErrorStatuses::kFail : ErrorStatuses::kSucceed),
      console_({.color = color_,
                .progress = ShowsProgress(options) ? [this] { return CurrentProgress(); }
                                                   : std::function<Progress()>(),
                .on_output_failed = [this] { wake_.Signal(); }}),
      client_(options.target),
      runner_(&client_, ToCallOptions(options), {.items = options.max_in_flight},
              {.on_result = [this](const ItemResult& result, std::uint64_t index,
                                   absl::Duration latency) { TakeResult(result, index, latency); },
               .on_call_ended = [this](const absl::Status& status,
                                       std::size_t missing) { TakeCallEnd(status, missing); }},
              &wake_),
      pending_(EmptyBatch()) {}

IndexedBatch PostRun::EmptyBatch() const {
  IndexedBatch batch;
  if (!options_.items_path.empty()) batch.batch.Defaults().message() = options_.item;
  return batch;
}

void PostRun::ReportBadLine(std::uint64_t line, const std::string& reason) {
  {
    const std::lock_guard lock(mutex_);
    tally_.AddBadLine();
  }
  console_.WriteMessage(BadLineText(options_, line, reason));
}

int PostRun::Run(ItemSource* source) {
  while (Advance(source)) Wait(*source);
  return Conclude();
}

bool PostRun::PendingIsFull() const {
  return pending_.indexes.size() >=
             std::min<std::size_t>(kFullBatchItems, options_.max_in_flight) ||
         pending_.bytes >= kFullBatchBytes;
}

bool PostRun::Advance(ItemSource* source) {
  while (true) {
    if (signals_.caught() != 0 || console_.output_error() != 0) {
      stopped_ = true;
      runner_.Cancel();
    }
    if (stopped_) return !runner_.idle();

    const bool nothing_to_read = source_state_ != ItemSource::Event::kItem || PendingIsFull();
    if (nothing_to_read && !pending_.indexes.empty() && runner_.HasRoom(pending_)) {
      runner_.Start(std::exchange(pending_, EmptyBatch()));
    } else if (!nothing_to_read) {
      Collect(source);
    } else {
      return source_state_ != ItemSource::Event::kEnd || !pending_.indexes.empty() ||
             !runner_.idle();
    }
  }
}

void PostRun::Collect(ItemSource* source) {
  Item item;
  std::uint64_t index = 0;
  source_state_ = source->Next(&item, &index);
  if (source_state_ == ItemSource::Event::kItem) {
    pending_.bytes += item.ByteSizeLong();
    pending_.indexes.push_back(index);
    pending_.batch.Add(std::move(item));
  }
  const std::lock_guard lock(mutex_);
  total_ = source->total();
}

void PostRun::Wait(const ItemSource& source) {
  const bool wants_input =
      source_state_ == ItemSource::Event::kNothingYet && !PendingIsFull() && !stopped_;
  // poll() passes over negative descriptors.
  pollfd events[] = {{wake_.fd(), POLLIN, 0}, {wants_input ? source.wait_fd() : -1, POLLIN, 0}};
  poll(events, std::size(events), -1);
  wake_.Clear();
  if (source_state_ == ItemSource::Event::kNothingYet) source_state_ = ItemSource::Event::kItem;
}

void PostRun::TakeResult(const ItemResult& result, std::uint64_t index, absl::Duration latency) {
  {
    const std::lock_guard lock(mutex_);
    tally_.AddResult(result, latency);
  }
  console_.WriteResult(ResultJson(result, index));
}

void PostRun::TakeCallEnd(const absl::Status& status, std::size_t missing) {
  const std::lock_guard lock(mutex_);
  tally_.AddMissing(missing);
  // A call that was cancelled from here is told as the signal or the failed output that it is.
  if (status.ok() || status.code() == absl::StatusCode::kCancelled) return;
  call_error_.Update(status);
  stopped_ = true;
}

absl::Duration PostRun::elapsed() const {
  return absl::FromChrono(std::chrono::steady_clock::now() - started_at_);
}

Progress PostRun::CurrentProgress() {
  const std::lock_guard lock(mutex_);
  return {
      .done = tally_.results(), .failed = tally_.failed(), .total = total_, .elapsed = elapsed()};
}

int PostRun::Conclude() {
  console_.Close();
  const std::lock_guard lock(mutex_);
  // What was read but never sent.
  tally_.AddMissing(pending_.indexes.size());

  int exit_status = kSuccess;
  if (tally_.failed() > 0) exit_status = kItemsFailed;
  if (tally_.bad_lines() > 0) exit_status = kBadInput;
  if (!call_error_.ok()) {
    std::cerr << CallErrorText(options_, call_error_) << "\n";
    exit_status = kCallFailed;
  }
  if (const int error = console_.output_error(); error != 0) {
    std::cerr << "postern: cannot write results: " << std::generic_category().message(error)
              << "\n";
    exit_status = kOutputFailed;
  }
  if (const int signal_number = signals_.caught(); signal_number != 0) {
    std::cerr << "postern: interrupted\n";
    exit_status = kSignalBase + signal_number;
  }
  if (!options_.quiet) std::cerr << RenderSummary(tally_, elapsed(), color_);
  return exit_status;
}

}  // namespace postern::cli
