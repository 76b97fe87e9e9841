#include "rpc/item_block.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "http/chars.h"
#include "http/header_rules.h"
#include "http/url.h"

namespace postern::rpc {
namespace {

using core::BodyMode;
using core::HeaderView;
using google::protobuf::Duration;

constexpr std::string_view kDefaultMethod = "POST";
constexpr std::string_view kIdempotencyKey = "Idempotency-Key";
constexpr std::int64_t kNanosPerSecond = 1'000'000'000;

std::string Prefixed(std::string_view field, const std::string& error) {
  return error.empty() ? error : std::string(field) + ": " + error;
}

// Empty where the duration is more than zero; durations over `max` are cut to it.
std::string ReadTimeout(const Duration& from, core::Duration max, core::Duration& to) {
  if (from.nanos() <= -kNanosPerSecond || from.nanos() >= kNanosPerSecond)
    return "is not a valid duration";
  if (from.seconds() < 0 || from.nanos() < 0 || (from.seconds() == 0 && from.nanos() == 0)) {
    return "must be more than 0";
  }
  const auto max_seconds = std::chrono::duration_cast<std::chrono::seconds>(max);
  to = from.seconds() > max_seconds.count()
           ? max
           : std::chrono::seconds(from.seconds()) + std::chrono::nanoseconds(from.nanos());
  to = std::min(to, max);
  return {};
}

HeaderView View(const v1::Header& header) { return {header.name(), header.value()}; }

bool HasHeader(std::span<const HeaderView> headers, std::string_view name) {
  return std::any_of(headers.begin(), headers.end(), [&](const HeaderView& header) {
    return http::EqualsIgnoreCase(header.name, name);
  });
}

// The number first: merging compares every name with every name.
std::string CheckHeaders(const google::protobuf::RepeatedPtrField<v1::Header>& headers,
                         std::string_view field, std::size_t max_headers) {
  if (static_cast<std::size_t>(headers.size()) > max_headers)
    return std::string(field) + ": more than " + std::to_string(max_headers);
  for (int i = 0; i < headers.size(); ++i) {
    const std::string& name = headers[i].name();
    const std::string error = http::CheckRequestHeader(name, headers[i].value());
    if (error.empty()) continue;
    const std::string shown = http::IsToken(name) ? " (" + name + ")" : "";
    return std::string(field) + "[" + std::to_string(i) + "]" + shown + ": " + error;
  }
  return {};
}

}  // namespace

ItemBlock::ItemBlock(const Items& items, const v1::Item* defaults, const core::ItemLimits& limits,
                     core::TimePoint now, core::TimePoint rpc_deadline)
    : source_(items),
      defaults_(defaults != nullptr ? *defaults : v1::Item::default_instance()),
      limits_(limits),
      now_(now),
      rpc_deadline_(rpc_deadline),
      items_(static_cast<std::size_t>(items.size())) {
  for (std::size_t i = 0; i < items_.size(); ++i) {
    core::Item& item = items_[i];
    item.index = i;
    const std::string error = Convert(source_[static_cast<int>(i)], item);
    if (error.empty()) {
      ready_.push_back(item);
      continue;
    }
    item.result = std::make_unique<core::Result>();
    item.result->failure = {core::FailureCode::kInvalidItem, core::Phase::kNone,
                            core::Delivery::kNotSent, error};
    refused_.push_back(item);
  }
}

std::string_view ItemBlock::IdOf(const core::Item& item) const {
  const std::string& id = source_[static_cast<int>(item.index)].id();
  return id.empty() ? defaults_.id() : id;
}

std::string ItemBlock::Convert(const v1::Item& from, core::Item& to) {
  const std::string& method = from.method().empty() ? defaults_.method() : from.method();
  to.request.method = method.empty() ? kDefaultMethod : method;
  to.request.body = from.body().empty() ? defaults_.body() : from.body();
  std::string error =
      Prefixed("method", http::CheckMethod(to.request.method, limits_.max_method_bytes));
  if (error.empty()) error = ConvertUrl(from, to);
  if (error.empty()) error = ConvertHeaders(from, to);
  if (error.empty()) error = ConvertTimeouts(from, to);
  if (error.empty()) error = ConvertBodyPolicy(from, to);
  if (error.empty()) error = CheckRetrySafety(from, to);
  if (error.empty()) error = CheckUnsupported(from);
  return error;
}

std::string ItemBlock::ConvertUrl(const v1::Item& from, core::Item& to) {
  http::Url url;
  const std::string& text = from.url().empty() ? defaults_.url() : from.url();
  std::string error = http::ParseUrl(text, limits_.max_url_bytes, url);
  if (!error.empty()) return Prefixed("url", error);
  to.request.target = url.target;
  to.request.destination = Intern(std::move(url.destination));
  return {};
}

const core::Destination* ItemBlock::Intern(core::Destination destination) {
  const auto [entry, added] = destinations_.try_emplace(std::move(destination), nullptr);
  if (added) entry->second = &entry->first;  // a node's key stays where it is
  return entry->second;
}

// The item's headers, and those of the defaults whose names it does not set itself.
std::string ItemBlock::ConvertHeaders(const v1::Item& from, core::Item& to) {
  if (!default_headers_) {
    std::string error = CheckHeaders(defaults_.headers(), "defaults.headers", limits_.max_headers);
    if (!error.empty()) return error;
    default_headers_.emplace();
    for (const v1::Header& header : defaults_.headers()) default_headers_->push_back(View(header));
  }
  to.request.headers = *default_headers_;
  if (!from.headers().empty()) {
    std::string error = CheckHeaders(from.headers(), "headers", limits_.max_headers);
    if (!error.empty()) return error;
    std::vector<HeaderView> own;
    for (const v1::Header& header : from.headers()) own.push_back(View(header));
    std::vector<HeaderView>& merged = merged_headers_.emplace_back();
    std::copy_if(default_headers_->begin(), default_headers_->end(), std::back_inserter(merged),
                 [&](const HeaderView& header) { return !HasHeader(own, header.name); });
    merged.insert(merged.end(), own.begin(), own.end());
    to.request.headers = merged;
  }
  if (to.request.headers.size() > limits_.max_headers) {
    return "headers: more than " + std::to_string(limits_.max_headers);
  }
  std::size_t bytes = 0;
  for (const HeaderView& header : to.request.headers)
    bytes += header.name.size() + header.value.size();
  if (bytes > limits_.max_header_bytes)
    return "headers: more than " + std::to_string(limits_.max_header_bytes) + " bytes";
  return {};
}

std::string ItemBlock::ConvertTimeouts(const v1::Item& from, core::Item& to) const {
  core::Duration timeout = limits_.default_timeout;
  if (const v1::Item& set = from.has_timeout() ? from : defaults_; set.has_timeout()) {
    std::string error = ReadTimeout(set.timeout(), limits_.max_timeout, timeout);
    if (!error.empty()) return Prefixed("timeout", error);
  }
  if (const v1::Item& set = from.has_attempt_timeout() ? from : defaults_;
      set.has_attempt_timeout()) {
    std::string error = ReadTimeout(set.attempt_timeout(), limits_.max_timeout, to.attempt_timeout);
    if (!error.empty()) return Prefixed("attempt_timeout", error);
  }
  to.deadline = std::min(now_ + timeout, rpc_deadline_);
  return {};
}

std::string ItemBlock::ConvertBodyPolicy(const v1::Item& from, core::Item& to) const {
  using Policy = v1::ResponseBodyPolicy;
  const Policy& policy = (from.has_response_body() ? from : defaults_).response_body();
  switch (policy.mode()) {
    case Policy::MODE_UNSPECIFIED:
    case Policy::MODE_KEEP:
      to.body_rule.mode = BodyMode::kKeep;
      break;
    case Policy::MODE_TRUNCATE:
      to.body_rule.mode = BodyMode::kTruncate;
      break;
    case Policy::MODE_DISCARD:
      to.body_rule.mode = BodyMode::kDiscard;
      break;
    default:
      return "response_body.mode: " + std::to_string(policy.mode()) + " is not a mode";
  }
  if (policy.max_bytes() > limits_.max_response_body_bytes) {
    return "response_body.max_bytes: more than the server's maximum of " +
           std::to_string(limits_.max_response_body_bytes);
  }
  const std::uint64_t unset = to.body_rule.mode == BodyMode::kDiscard
                                  ? limits_.max_response_body_bytes
                                  : limits_.default_response_body_bytes;
  to.body_rule.max_bytes = policy.max_bytes() > 0 ? policy.max_bytes() : unset;
  return {};
}

std::string ItemBlock::CheckRetrySafety(const v1::Item& from, core::Item& to) const {
  if (!v1::Idempotency_IsValid(from.idempotency()) ||
      !v1::Idempotency_IsValid(defaults_.idempotency())) {
    return "idempotency: not a known value";
  }
  // A key is of one request: it is never inherited.
  if (from.idempotency_key().empty()) return {};
  std::string error = http::CheckRequestHeader(kIdempotencyKey, from.idempotency_key());
  if (!error.empty()) return Prefixed("idempotency_key", error);
  if (from.idempotency_key().size() > limits_.max_header_bytes)
    return "idempotency_key: more than " + std::to_string(limits_.max_header_bytes) + " bytes";
  if (HasHeader(to.request.headers, kIdempotencyKey))
    return "idempotency_key: an Idempotency-Key header is set, too";
  to.request.idempotency_key = from.idempotency_key();
  return {};
}

std::string ItemBlock::CheckUnsupported(const v1::Item& from) const {
  const v1::RetryPolicy& retry = (from.has_retry() ? from : defaults_).retry();
  if (retry.max_attempts() > 1) return "retry.max_attempts: more than 1 is not supported yet";
  if (retry.has_initial_backoff() || retry.has_max_backoff())
    return "retry: backoff is not supported yet";
  if (!retry.retry_statuses().empty()) return "retry.retry_statuses: not supported yet";
  if (!from.credential().empty() || !defaults_.credential().empty())
    return "credential: not supported yet";
  if (!from.signing_secret().empty() || !defaults_.signing_secret().empty()) {
    return "signing_secret: not supported yet";
  }
  return {};
}

}  // namespace postern::rpc
