#include "cli/line_reader.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <poll.h>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace postern::cli {
namespace {

constexpr std::size_t kReadBytes = std::size_t{64} << 10;

}  // namespace

LineReader::Event LineReader::Next(std::string_view* line) {
  while (true) {
    const std::size_t line_end = buffer_.find('\n', searched_);
    if (line_end != std::string::npos) {
      *line = TakeUpTo(line_end + 1);
      line->remove_suffix(1);
    } else if (at_end_ && (begin_ < buffer_.size() || skipping_)) {
      *line = TakeUpTo(buffer_.size());
    } else {
      searched_ = buffer_.size();
      if (searched_ - begin_ > kMaxLineBytes) {
        skipping_ = true;
        begin_ = searched_;
      }
      if (at_end_) return error_ != 0 ? Event::kError : Event::kEnd;
      if (!Fill()) return Event::kNothingYet;
      continue;
    }
    const bool too_long = std::exchange(skipping_, false) || line->size() > kMaxLineBytes;
    return too_long ? Event::kTooLong : Event::kLine;
  }
}

std::string_view LineReader::TakeUpTo(std::size_t end) {
  const std::string_view taken = std::string_view(buffer_).substr(begin_, end - begin_);
  begin_ = end;
  searched_ = end;
  return taken;
}

bool LineReader::Fill() {
  // Only the start of a line is left over, so this moves little.
  buffer_.erase(0, begin_);
  searched_ -= begin_;
  begin_ = 0;

  pollfd readable = {fd_, POLLIN, 0};
  if (poll(&readable, 1, 0) == 0) return false;
  const std::size_t size = buffer_.size();
  buffer_.resize(size + kReadBytes);
  const ssize_t count = read(fd_, buffer_.data() + size, kReadBytes);
  buffer_.resize(size + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  if (count < 0) {
    if (errno == EAGAIN || errno == EINTR) return false;
    error_ = errno;
  }
  at_end_ = count <= 0;
  bytes_read_ += static_cast<std::uint64_t>(std::max<ssize_t>(count, 0));
  return true;
}

}  // namespace postern::cli
