#ifndef POSTERN_HTTP_RESPONSE_READER_H_
#define POSTERN_HTTP_RESPONSE_READER_H_

#include <optional>
#include <string>
#include <string_view>

#include "core/failure.h"
#include "core/item.h"
#include "core/settings.h"
#include "http/chunked_decoder.h"
#include "http/response_head.h"

namespace postern::http {

enum class RequestKind { kOrdinary, kHead };

// How the peer ended its side.
enum class StreamEnd {
  kClean,      // FIN on plain TCP, close_notify on TLS
  kTruncated,  // TLS without close_notify: what came may be cut short by anyone on the path
};

// Reads one answer after another from a connection's bytes, keeping its own limits and refusing
// whatever has more than one meaning. No sockets.
class ResponseReader {
 public:
  enum class Status { kMore, kDone, kFailed };

  explicit ResponseReader(const core::ResponseLimits& limits) : limits_(limits) {}

  // Starts reading the answer to a new request into `response`.
  void Start(RequestKind kind, core::BodyRule rule, core::Response& response);

  // Reads from the front of `in`; returns how many bytes were used. What is left must come again,
  // with more behind it, except once kDone: then the connection is not clean.
  std::size_t Feed(std::string_view in);
  void FeedEnd(StreamEnd end);

  Status status() const { return status_; }

  // Where kFailed: kBadResponse, kResponseTooLarge or kConnectionLost, and what was wrong.
  core::FailureCode failure() const { return failure_; }
  const std::string& error() const { return error_; }

  // Whether the head of a final response was complete and valid.
  bool head_complete() const { return stage_ != Stage::kHead; }
  // Where kDone: whether the connection may carry another request.
  bool reusable() const { return status_ == Status::kDone && reusable_; }
  std::optional<core::Duration> keep_alive_timeout() const { return head_.keep_alive_timeout(); }

 private:
  enum class Stage { kHead, kLength, kChunked, kUntilEnd };

  std::size_t FeedHead(std::string_view in);
  std::size_t FeedBody(std::string_view in);
  void OnHead();
  void OnInformational();
  void OnFinalHead();
  // Takes body bytes by the item's rule; `left` is how many follow, where known.
  void TakeBody(std::string_view data, std::optional<std::uint64_t> left);
  void Done();
  void Fail(core::FailureCode code, std::string error);

  const core::ResponseLimits& limits_;
  ResponseHead head_;
  ChunkedDecoder chunks_;
  core::Response* response_ = nullptr;
  RequestKind kind_ = RequestKind::kOrdinary;
  core::BodyRule rule_;
  Stage stage_ = Stage::kHead;
  Status status_ = Status::kDone;
  bool begun_ = false;          // a byte of the answer was seen
  std::size_t head_bytes_ = 0;  // of all heads of this answer
  std::size_t informational_ = 0;
  std::uint64_t body_bytes_ = 0;  // received, kept or not
  std::uint64_t body_left_ = 0;   // in Stage::kLength
  bool reusable_ = false;
  core::FailureCode failure_ = core::FailureCode::kNone;
  std::string error_;
};

}  // namespace postern::http

#endif  // POSTERN_HTTP_RESPONSE_READER_H_
