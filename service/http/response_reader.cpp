#include "http/response_reader.h"

#include <algorithm>

namespace postern::http {
namespace {

using core::BodyMode;
using core::FailureCode;

// RFC 9110 section 15.2, 15.3.5, 15.4.5.
bool IsInformational(unsigned status) { return status / 100 == 1; }
constexpr unsigned kSwitchingProtocols = 101;
constexpr unsigned kNoContent = 204;
constexpr unsigned kNotModified = 304;
bool NeverHasBody(unsigned status) { return status == kNoContent || status == kNotModified; }

// What is reserved up front of a body whose length the origin states: a lying origin gets no more
// than this.
constexpr std::uint64_t kMaxReserve = 64 * 1024;

}  // namespace

void ResponseReader::Start(RequestKind kind, core::BodyRule rule, core::Response& response) {
  kind_ = kind;
  rule_ = rule;
  response_ = &response;
  stage_ = Stage::kHead;
  status_ = Status::kMore;
  head_bytes_ = 0;
  informational_ = 0;
  body_bytes_ = 0;
  begun_ = false;
  reusable_ = false;
  failure_ = FailureCode::kNone;
  error_.clear();
  head_.Start(response.headers, limits_.max_headers);
}

std::size_t ResponseReader::Feed(std::string_view in) {
  begun_ = true;
  std::size_t used = 0;
  while (used < in.size() && status_ == Status::kMore) {
    const std::string_view rest = in.substr(used);
    const std::size_t step = stage_ == Stage::kHead ? FeedHead(rest) : FeedBody(rest);
    used += step;
    if (step == 0) break;
  }
  return used;
}

std::size_t ResponseReader::FeedHead(std::string_view in) {
  const std::size_t used = head_.Feed(in);
  head_bytes_ += used;
  const bool partial = head_.status() == ResponseHead::Status::kMore;
  if (head_bytes_ + (partial ? in.size() - used : 0) > limits_.max_header_bytes) {
    Fail(FailureCode::kBadResponse, "response head exceeds the limit on header bytes");
  } else if (head_.status() == ResponseHead::Status::kFailed) {
    Fail(FailureCode::kBadResponse, head_.error());
  } else if (!partial) {
    OnHead();
    return used;
  }
  return partial ? used : in.size();
}

void ResponseReader::OnHead() {
  if (IsInformational(head_.code())) {
    OnInformational();
  } else {
    OnFinalHead();
  }
}

void ResponseReader::OnInformational() {
  if (head_.code() == kSwitchingProtocols)
    return Fail(FailureCode::kBadResponse, "101 without having asked for it");
  if (++informational_ > limits_.max_informational)
    return Fail(FailureCode::kBadResponse, "too many 1xx responses");
  response_->headers.Clear();
  head_.Start(response_->headers, limits_.max_headers);
}

void ResponseReader::OnFinalHead() {
  response_->status = head_.code();
  reusable_ = head_.keep_alive();
  if (kind_ == RequestKind::kHead || NeverHasBody(head_.code())) {
    stage_ = Stage::kLength;
    // A 204 must not announce a body (RFC 9110 section 8.6); where it does, one may still come.
    if (head_.code() == kNoContent && (head_.chunked() || head_.content_length().value_or(0) > 0))
      reusable_ = false;
    return Done();
  }
  if (head_.chunked()) {
    stage_ = Stage::kChunked;
    chunks_ = ChunkedDecoder(limits_, head_bytes_, response_->headers.size());
    return;
  }
  if (!head_.content_length()) {
    stage_ = Stage::kUntilEnd;
    reusable_ = false;
    return;
  }
  stage_ = Stage::kLength;
  body_left_ = *head_.content_length();
  if (rule_.mode != BodyMode::kTruncate && body_left_ > rule_.max_bytes)
    return TakeBody({}, body_left_);
  if (rule_.mode != BodyMode::kDiscard) {
    response_->body.reserve(std::min({body_left_, rule_.max_bytes, kMaxReserve}));
  }
  if (body_left_ == 0) Done();
}

std::size_t ResponseReader::FeedBody(std::string_view in) {
  if (stage_ == Stage::kChunked) {
    std::string_view rest = in;
    const std::string_view data = chunks_.Next(rest);
    TakeBody(data, std::nullopt);
    if (status_ != Status::kMore) return in.size() - rest.size();
    if (chunks_.status() == ChunkedDecoder::Status::kDone) Done();
    if (chunks_.status() == ChunkedDecoder::Status::kFailed) {
      Fail(FailureCode::kBadResponse, "malformed chunked body: " + std::string(chunks_.error()));
    }
    return in.size() - rest.size();
  }
  if (stage_ == Stage::kUntilEnd) {
    TakeBody(in, std::nullopt);
    return in.size();
  }
  const std::string_view data = in.substr(0, std::min<std::uint64_t>(body_left_, in.size()));
  body_left_ -= data.size();
  TakeBody(data, body_left_);
  if (status_ == Status::kMore && body_left_ == 0) Done();
  return data.size();
}

void ResponseReader::TakeBody(std::string_view data, std::optional<std::uint64_t> left) {
  const std::uint64_t kept = std::min(body_bytes_, rule_.max_bytes);
  body_bytes_ += data.size();
  const bool over = body_bytes_ + left.value_or(0) > rule_.max_bytes;
  if (over && rule_.mode != BodyMode::kTruncate) {
    return Fail(FailureCode::kResponseTooLarge,
                "response body exceeds the limit of " + std::to_string(rule_.max_bytes) + " bytes");
  }
  if (rule_.mode == BodyMode::kDiscard) return;
  response_->body.append(data.substr(0, rule_.max_bytes - kept));
  if (body_bytes_ <= rule_.max_bytes) return;
  response_->body_truncated = true;
  // The rest is read only where that is cheaper than a new connection.
  if (!left || *left > limits_.max_drain_bytes) {
    reusable_ = false;
    Done();
  }
}

void ResponseReader::FeedEnd(StreamEnd end) {
  if (status_ != Status::kMore) return;
  if (stage_ == Stage::kUntilEnd && end == StreamEnd::kClean) return Done();
  const std::string_view how =
      end == StreamEnd::kClean ? "connection closed" : "TLS connection closed without close_notify";
  const std::string_view where = head_complete() ? " within the response body"
                                 : begun_        ? " within the response head"
                                                 : " before the response";
  Fail(FailureCode::kConnectionLost, std::string(how).append(where));
}

void ResponseReader::Done() { status_ = Status::kDone; }

void ResponseReader::Fail(core::FailureCode code, std::string error) {
  status_ = Status::kFailed;
  failure_ = code;
  error_ = std::move(error);
}

}  // namespace postern::http
