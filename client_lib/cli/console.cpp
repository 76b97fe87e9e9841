#include "cli/console.h"

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

#include "absl/strings/str_cat.h"

namespace postern::cli {
namespace {

constexpr std::size_t kMaxUnwrittenBytes = std::size_t{1} << 20;
constexpr std::chrono::milliseconds kRedrawInterval{100};
constexpr int kDefaultColumns = 80;
// To the first column, and erase from there to the end of the screen (ECMA-48 section 8.3.39).
constexpr const char* kEraseLine = "\r\x1b[J";

int TerminalColumns() {
  winsize size = {};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col
                                                                         : kDefaultColumns;
}

// Returns 0, or the errno of the failure.
int WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      // Someone else made the shared descriptor non-blocking.
      pollfd writable = {fd, POLLOUT, 0};
      poll(&writable, 1, -1);
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

}  // namespace

Console::Console(Options options)
    : options_(std::move(options)),
      results_share_terminal_(isatty(STDOUT_FILENO) != 0),
      thread_([this] { Run(); }) {}

Console::~Console() { Close(); }

void Console::WriteResult(const std::string& line) {
  std::unique_lock lock(mutex_);
  room_freed_.wait(lock, [this] { return results_.size() < kMaxUnwrittenBytes; });
  if (output_error_ != 0) return;
  absl::StrAppend(&results_, line, "\n");
  work_arrived_.notify_one();
}

void Console::WriteMessage(const std::string& line) {
  std::unique_lock lock(mutex_);
  room_freed_.wait(lock, [this] { return messages_.size() < kMaxUnwrittenBytes; });
  absl::StrAppend(&messages_, line, "\n");
  work_arrived_.notify_one();
}

void Console::Close() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    work_arrived_.notify_one();
  }
  thread_.join();
}

void Console::Run() {
  using Clock = std::chrono::steady_clock;
  Clock::time_point next_draw = Clock::now() + kRedrawInterval;
  std::unique_lock lock(mutex_);
  while (true) {
    const auto has_work = [this] { return closing_ || !results_.empty() || !messages_.empty(); };
    if (options_.progress) {
      work_arrived_.wait_until(lock, next_draw, has_work);
    } else {
      work_arrived_.wait(lock, has_work);
    }
    const std::string results = std::exchange(results_, {});
    const std::string messages = std::exchange(messages_, {});
    const bool closing = closing_;
    room_freed_.notify_all();
    lock.unlock();

    Write(results, messages);
    if (closing) break;
    if (options_.progress && Clock::now() >= next_draw) {
      DrawProgress();
      next_draw = Clock::now() + kRedrawInterval;
    }
    lock.lock();
  }
  EraseProgress();
}

void Console::Write(const std::string& results, const std::string& messages) {
  if (!messages.empty() || (!results.empty() && results_share_terminal_)) {
    EraseProgress();
  }
  if (output_error_ == 0) {
    if (const int error = WriteAll(STDOUT_FILENO, results); error != 0) {
      output_error_ = error;
      if (options_.on_output_failed) options_.on_output_failed();
    }
  }
  WriteAll(STDERR_FILENO, messages);
}

void Console::DrawProgress() {
  const std::string line = RenderProgress(options_.progress(), TerminalColumns(), options_.color);
  // The cursor waits at the start: a terminal made narrower folds the line behind it, and an echoed
  // ^C stays on it.
  WriteAll(STDERR_FILENO, absl::StrCat(kEraseLine, line, "\r"));
  progress_shown_ = true;
}

void Console::EraseProgress() {
  if (std::exchange(progress_shown_, false)) WriteAll(STDERR_FILENO, kEraseLine);
}

}  // namespace postern::cli
