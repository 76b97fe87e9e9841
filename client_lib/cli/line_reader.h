#ifndef POSTERN_CLI_LINE_READER_H_
#define POSTERN_CLI_LINE_READER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace postern::cli {

// Splits what a descriptor delivers into lines, without waiting for more than is at hand. Does not
// own the descriptor.
class LineReader {
 public:
  // One byte more makes a line kTooLong.
  static constexpr std::size_t kMaxLineBytes = std::size_t{64} << 20;

  enum class Event {
    // A line, without its end; the last one needs none.
    kLine,
    // A line over the limit was skipped.
    kTooLong,
    // No whole line is at hand: wait until fd() is readable.
    kNothingYet,
    kEnd,
    // Reading failed: see error(). No more lines come.
    kError,
  };

  explicit LineReader(int fd) : fd_(fd) {}

  // line: valid until the next call.
  Event Next(std::string_view* line);
  int fd() const { return fd_; }
  // errno.
  int error() const { return error_; }
  // Of the input, up to and with the last line that Next() gave.
  std::uint64_t bytes_taken() const { return bytes_read_ - (buffer_.size() - begin_); }

 private:
  // False where nothing is at hand yet.
  bool Fill();
  // The unread part up to end, which is behind it afterwards.
  std::string_view TakeUpTo(std::size_t end);

  int fd_;
  int error_ = 0;
  bool at_end_ = false;
  bool skipping_ = false;
  std::uint64_t bytes_read_ = 0;
  std::string buffer_;
  // Where the unread part begins, and up to where it is known to hold no line end.
  std::size_t begin_ = 0;
  std::size_t searched_ = 0;
};

}  // namespace postern::cli

#endif  // POSTERN_CLI_LINE_READER_H_
