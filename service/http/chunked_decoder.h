#ifndef POSTERN_HTTP_CHUNKED_DECODER_H_
#define POSTERN_HTTP_CHUNKED_DECODER_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/settings.h"

namespace postern::http {

// Decodes the chunked transfer coding (RFC 9112 section 7.1), one state and no buffer. Extensions
// and trailers are checked, counted and dropped. Ours rather than Beast's, which limits neither
// (boostorg/beast 1.81).
class ChunkedDecoder {
 public:
  enum class Status { kMore, kDone, kFailed };

  ChunkedDecoder() = default;
  // `header_bytes` and `fields` are what the head already used of the limits that trailers share.
  ChunkedDecoder(const core::ResponseLimits& limits, std::size_t header_bytes, std::size_t fields)
      : overhead_left_(limits.max_chunk_overhead),
        trailer_bytes_left_(limits.max_header_bytes - header_bytes),
        trailer_fields_left_(limits.max_headers - fields) {}

  // Takes bytes off the front of `in` until body bytes are at hand, which it returns, or `in` is
  // used up, or the body ended or broke; then what it returns is empty. Call again while `in` is
  // not empty and status() is kMore.
  std::string_view Next(std::string_view& in);

  Status status() const { return status_; }
  // What is wrong, where status() is kFailed.
  std::string_view error() const { return error_; }

 private:
  enum class State {
    kSizeStart,
    kSize,
    kExtension,
    kSizeLf,
    kData,
    kDataCr,
    kDataLf,
    kTrailerStart,
    kTrailerName,
    kTrailerValue,
    kTrailerLf,
    kEndLf
  };

  void Consume(char c);
  void ConsumeSize(char c);
  void ConsumeTrailer(char c);
  void Expect(char wanted, char c, State next, std::string_view error);
  void Fail(std::string_view error);

  State state_ = State::kSizeStart;
  Status status_ = Status::kMore;
  std::uint64_t size_ = 0;  // of this chunk, then what is left of it
  int size_digits_ = 0;
  std::size_t overhead_left_ = 0;
  std::size_t trailer_bytes_left_ = 0;
  std::size_t trailer_fields_left_ = 0;
  std::string_view error_;
};

}  // namespace postern::http

#endif  // POSTERN_HTTP_CHUNKED_DECODER_H_
