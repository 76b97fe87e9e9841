#include "cli/tally.h"

#include <cstdint>

namespace postern::cli {
namespace {

constexpr std::uint32_t kFirstErrorStatus = 400;

}  // namespace

void Tally::AddResult(const ItemResult& result, absl::Duration latency) {
  latency_.Add(latency);
  if (!result.has_response()) {
    ++failure_count_;
    ++failures_[result.failure().code()];
    return;
  }
  const std::uint32_t status = result.response().status();
  const std::uint32_t status_class = status / 100;
  ++responses_;
  ++status_classes_[status_class < kStatusClasses ? status_class : 0];
  if (error_statuses_ == ErrorStatuses::kFail && status >= kFirstErrorStatus) ++failed_responses_;
  if (!result.attempts().empty()) {
    const Attempt& last = *result.attempts().rbegin();
    exchange_.Add(absl::Microseconds(last.send_us()) + absl::Microseconds(last.wait_us()) +
                  absl::Microseconds(last.receive_us()));
  }
}

}  // namespace postern::cli
