#include "postern/batch.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <google/protobuf/util/time_util.h>

namespace postern {

using google::protobuf::util::TimeUtil;

ItemBuilder& ItemBuilder::Id(std::string_view id) {
  item_->set_id(std::string(id));
  return *this;
}

ItemBuilder& ItemBuilder::Url(std::string_view url) {
  item_->set_url(std::string(url));
  return *this;
}

ItemBuilder& ItemBuilder::Method(std::string_view method) {
  item_->set_method(std::string(method));
  return *this;
}

ItemBuilder& ItemBuilder::Header(std::string_view name, std::string_view value) {
  v1::Header* header = item_->add_headers();
  header->set_name(std::string(name));
  header->set_value(std::string(value));
  return *this;
}

ItemBuilder& ItemBuilder::Body(std::string body) {
  item_->set_body(std::move(body));
  return *this;
}

ItemBuilder& ItemBuilder::Timeout(std::chrono::nanoseconds timeout) {
  *item_->mutable_timeout() = TimeUtil::NanosecondsToDuration(timeout.count());
  return *this;
}

ItemBuilder& ItemBuilder::AttemptTimeout(std::chrono::nanoseconds timeout) {
  *item_->mutable_attempt_timeout() = TimeUtil::NanosecondsToDuration(timeout.count());
  return *this;
}

ItemBuilder& ItemBuilder::Idempotent() {
  item_->set_idempotency(v1::IDEMPOTENCY_IDEMPOTENT);
  return *this;
}

ItemBuilder& ItemBuilder::NotIdempotent() {
  item_->set_idempotency(v1::IDEMPOTENCY_NOT_IDEMPOTENT);
  return *this;
}

ItemBuilder& ItemBuilder::IdempotencyKey(std::string_view key) {
  item_->set_idempotency_key(std::string(key));
  return *this;
}

ItemBuilder& ItemBuilder::KeepBody(std::uint64_t max_bytes) {
  item_->mutable_response_body()->set_mode(v1::ResponseBodyPolicy::MODE_KEEP);
  item_->mutable_response_body()->set_max_bytes(max_bytes);
  return *this;
}

ItemBuilder& ItemBuilder::TruncateBody(std::uint64_t max_bytes) {
  item_->mutable_response_body()->set_mode(v1::ResponseBodyPolicy::MODE_TRUNCATE);
  item_->mutable_response_body()->set_max_bytes(max_bytes);
  return *this;
}

ItemBuilder& ItemBuilder::DiscardBody() {
  item_->mutable_response_body()->set_mode(v1::ResponseBodyPolicy::MODE_DISCARD);
  return *this;
}

ItemBuilder Batch::Add(std::string_view url) { return ItemBuilder(request_.add_items()).Url(url); }

void Batch::Add(Item item) { *request_.add_items() = std::move(item); }

ItemBuilder Batch::Defaults() { return ItemBuilder(request_.mutable_defaults()); }

}  // namespace postern
