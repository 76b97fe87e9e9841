#include "http/chunked_decoder.h"

#include <algorithm>

#include "http/chars.h"

namespace postern::http {
namespace {

constexpr int kMaxSizeDigits = 16;  // what 64 bits hold

std::uint64_t HexValue(char c) {
  return IsDigit(c) ? static_cast<std::uint64_t>(c - '0')
                    : static_cast<std::uint64_t>(ToLower(c) - 'a' + 10);
}

bool IsControl(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; }

}  // namespace

std::string_view ChunkedDecoder::Next(std::string_view& in) {
  while (!in.empty() && status_ == Status::kMore) {
    if (state_ == State::kData) {
      const std::string_view data = in.substr(0, std::min<std::uint64_t>(size_, in.size()));
      in.remove_prefix(data.size());
      size_ -= data.size();
      if (size_ == 0) state_ = State::kDataCr;
      return data;
    }
    const char c = in.front();
    in.remove_prefix(1);
    Consume(c);
  }
  return {};
}

void ChunkedDecoder::Consume(char c) {
  switch (state_) {
    case State::kSizeStart:
    case State::kSize:
      return ConsumeSize(c);
    case State::kExtension:
      if (overhead_left_-- == 0) return Fail("chunk extensions exceed the limit");
      if (c == '\r') {
        state_ = State::kSizeLf;
      } else if (IsControl(c)) {
        Fail("control character in a chunk extension");
      }
      return;
    case State::kSizeLf:
      return Expect('\n', c, size_ == 0 ? State::kTrailerStart : State::kData,
                    "chunk size line does not end in CRLF");
    case State::kDataCr:
      return Expect('\r', c, State::kDataLf, "chunk is not followed by CRLF");
    case State::kDataLf:
      return Expect('\n', c, State::kSizeStart, "chunk is not followed by CRLF");
    case State::kData:
      return;  // handled by Next
    default:
      return ConsumeTrailer(c);
  }
}

void ChunkedDecoder::ConsumeSize(char c) {
  if (IsHexDigit(c)) {
    if (state_ == State::kSizeStart) size_ = size_digits_ = 0;
    if (++size_digits_ > kMaxSizeDigits) return Fail("chunk size is too large");
    size_ = size_ * 16 + HexValue(c);
    state_ = State::kSize;
  } else if (state_ == State::kSizeStart) {
    Fail("chunk size is not a hexadecimal number");
  } else if (c == '\r') {
    state_ = State::kSizeLf;
  } else if (c == ';') {
    state_ = State::kExtension;
  } else {
    Fail("chunk size is not a hexadecimal number");
  }
}

void ChunkedDecoder::ConsumeTrailer(char c) {
  if (trailer_bytes_left_-- == 0) return Fail("trailers exceed the limit on header bytes");
  switch (state_) {
    case State::kTrailerStart:
      if (c == '\r') {
        state_ = State::kEndLf;
        return;
      }
      if (trailer_fields_left_-- == 0) return Fail("trailers exceed the limit on header fields");
      if (!IsTokenChar(c)) return Fail("trailer is not a header field");
      state_ = State::kTrailerName;
      return;
    case State::kTrailerName:
      if (c == ':') {
        state_ = State::kTrailerValue;
      } else if (!IsTokenChar(c)) {
        Fail("trailer is not a header field");
      }
      return;
    case State::kTrailerValue:
      if (c == '\r') {
        state_ = State::kTrailerLf;
      } else if (IsControl(c)) {
        Fail("control character in a trailer");
      }
      return;
    case State::kTrailerLf:
      return Expect('\n', c, State::kTrailerStart, "trailer does not end in CRLF");
    default:  // kEndLf
      if (c != '\n') return Fail("trailers do not end in CRLF");
      status_ = Status::kDone;
  }
}

void ChunkedDecoder::Expect(char wanted, char c, State next, std::string_view error) {
  if (c != wanted) return Fail(error);
  state_ = next;
}

void ChunkedDecoder::Fail(std::string_view error) {
  status_ = Status::kFailed;
  error_ = error;
}

}  // namespace postern::http
