#include "rpc/result_message.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace postern::rpc {
namespace {

// core's enumerators carry the contract's numbers, so that conversion is a cast.
static_assert(int{v1::FAILURE_CODE_INTERNAL} == static_cast<int>(core::FailureCode::kInternal));
static_assert(int{v1::FAILURE_CODE_TIMEOUT} == static_cast<int>(core::FailureCode::kTimeout));
static_assert(int{v1::PHASE_BACKOFF} == static_cast<int>(core::Phase::kBackoff));
static_assert(int{v1::PHASE_WAIT} == static_cast<int>(core::Phase::kWait));
static_assert(int{v1::DELIVERY_ANSWERED} == static_cast<int>(core::Delivery::kAnswered));

constexpr std::size_t kFixedBytes = 64;  // tags, lengths and numbers of a result, about

std::uint32_t Micros(core::Duration duration) {
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
  return static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(micros, 0, std::numeric_limits<std::uint32_t>::max()));
}

void FillAttempt(const core::Attempt& attempt, v1::Attempt& message) {
  message.set_status(attempt.status);
  message.set_failure(static_cast<v1::FailureCode>(attempt.failure));
  message.set_phase(static_cast<v1::Phase>(attempt.phase));
  message.set_connection_reused(attempt.connection_reused);
  if (attempt.remote) message.set_remote_address(attempt.remote->ToString());
  message.set_queue_us(Micros(attempt.times.queue));
  message.set_dns_us(Micros(attempt.times.dns));
  message.set_connect_us(Micros(attempt.times.connect));
  message.set_tls_us(Micros(attempt.times.tls));
  message.set_send_us(Micros(attempt.times.send));
  message.set_wait_us(Micros(attempt.times.wait));
  message.set_receive_us(Micros(attempt.times.receive));
}

std::size_t FillResponse(core::Response& response, v1::HttpResponse& message) {
  std::size_t bytes = response.body.size();
  message.set_status(response.status);
  response.headers.ForEach([&](std::string_view name, std::string_view value) {
    v1::Header* const header = message.add_headers();
    header->set_name(name.data(), name.size());
    header->set_value(value.data(), value.size());
    bytes += name.size() + value.size() + sizeof(std::uint64_t);
  });
  message.set_body(std::move(response.body));
  message.set_body_truncated(response.body_truncated);
  return bytes;
}

}  // namespace

std::size_t FillResult(core::Item& item, std::string_view id, v1::ItemResult& message) {
  core::Result& result = *item.result;
  std::size_t bytes = kFixedBytes + id.size();
  message.set_id(id.data(), id.size());
  message.set_index(item.index);
  if (result.failure.code == core::FailureCode::kNone) {
    bytes += FillResponse(result.response, *message.mutable_response());
  } else {
    v1::Failure& failure = *message.mutable_failure();
    failure.set_code(static_cast<v1::FailureCode>(result.failure.code));
    failure.set_delivery(static_cast<v1::Delivery>(result.failure.delivery));
    failure.set_message(std::move(result.failure.message));
    bytes += failure.message().size();
  }
  for (const core::Attempt& attempt : result.attempts) {
    FillAttempt(attempt, *message.add_attempts());
    bytes += kFixedBytes;
  }
  return bytes;
}

}  // namespace postern::rpc
