#ifndef POSTERN_HTTP_RESPONSE_HEAD_H_
#define POSTERN_HTTP_RESPONSE_HEAD_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/settings.h"
#include "core/time.h"

namespace postern::http {

// One response head, 1xx or final, read with Beast's parser and then held to stricter rules: one
// framing or none, no folded lines, bounded bytes and fields.
class ResponseHead {
 public:
  enum class Status { kMore, kDone, kFailed };

  ResponseHead();
  ~ResponseHead();
  ResponseHead(const ResponseHead&) = delete;
  ResponseHead& operator=(const ResponseHead&) = delete;

  // Starts over for the next head; fields go to `headers`, of which at most `max_fields` are taken.
  void Start(core::HeaderList& headers, std::size_t max_fields);

  // Reads from the front of `in`; returns how many bytes were used. What is left must come again,
  // with more behind it.
  std::size_t Feed(std::string_view in);

  Status status() const { return status_; }
  const std::string& error() const { return error_; }

  // Once kDone:
  unsigned code() const;
  bool chunked() const { return chunked_; }
  std::optional<std::uint64_t> content_length() const { return content_length_; }
  // Whether the origin will keep the connection, by version and Connection.
  bool keep_alive() const;
  // From "Keep-Alive: timeout=N".
  std::optional<core::Duration> keep_alive_timeout() const { return keep_alive_timeout_; }

 private:
  class Parser;

  void OnField(std::string_view name, std::string_view value);
  void OnContentLength(std::string_view value);
  void OnTransferEncoding(std::string_view value);
  void OnKeepAlive(std::string_view value);
  void CheckLines(std::string_view head);
  void Finish();
  void Fail(std::string error);

  std::unique_ptr<Parser> parser_;
  core::HeaderList* headers_ = nullptr;
  std::size_t fields_left_ = 0;
  bool at_start_ = true;     // the start of the status line is yet to be checked
  std::size_t scanned_ = 0;  // bytes of the next Feed that CheckLines has seen
  Status status_ = Status::kMore;
  std::string error_;
  bool chunked_ = false;
  std::optional<std::uint64_t> content_length_;
  std::optional<core::Duration> keep_alive_timeout_;
};

}  // namespace postern::http

#endif  // POSTERN_HTTP_RESPONSE_HEAD_H_
