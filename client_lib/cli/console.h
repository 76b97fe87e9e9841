#ifndef POSTERN_CLI_CONSOLE_H_
#define POSTERN_CLI_CONSOLE_H_

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "cli/progress_line.h"
#include "cli/style.h"

namespace postern::cli {

// The only writer to standard output and standard error during a run, on a thread of its own: it
// keeps result lines, messages and the progress line apart, and writes what many threads hand in
// with few system calls.
class Console {
 public:
  struct Options {
    Color color = Color::kOff;
    // Asked for at each redraw, from the console's thread. Empty: no progress line.
    std::function<Progress()> progress;
    // Called once, from the console's thread, when standard output takes no more.
    std::function<void()> on_output_failed;
  };

  explicit Console(Options options);
  ~Console();
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  // Queues a line for standard output; waits while more than 1 MiB is unwritten. Dropped once the
  // output failed.
  void WriteResult(const std::string& line);
  // The same for standard error.
  void WriteMessage(const std::string& line);
  // Takes the progress line away and writes what is queued. Nothing may be written after it.
  void Close();

  // The errno with which standard output failed, or 0.
  int output_error() const { return output_error_; }

 private:
  void Run();
  void Write(const std::string& results, const std::string& messages);
  void DrawProgress();
  void EraseProgress();

  Options options_;
  const bool results_share_terminal_;
  std::mutex mutex_;
  std::condition_variable work_arrived_;
  std::condition_variable room_freed_;
  std::string results_;
  std::string messages_;
  bool closing_ = false;
  std::atomic<int> output_error_ = 0;
  // Whether the progress line is on the screen. Of the console's thread.
  bool progress_shown_ = false;
  std::thread thread_;
};

}  // namespace postern::cli

#endif  // POSTERN_CLI_CONSOLE_H_
