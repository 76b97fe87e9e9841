#ifndef POSTERN_CLI_EVENT_FD_H_
#define POSTERN_CLI_EVENT_FD_H_

namespace postern::cli {

// Wakes a thread that waits in poll(): readable once Signal() was called, until Clear(). Throws
// std::system_error where the kernel has no descriptor left.
class EventFd {
 public:
  EventFd();
  ~EventFd();
  EventFd(const EventFd&) = delete;
  EventFd& operator=(const EventFd&) = delete;

  // From any thread; also from a signal handler.
  void Signal() noexcept;
  void Clear() noexcept;
  int fd() const { return fd_; }

 private:
  int fd_;
};

}  // namespace postern::cli

#endif  // POSTERN_CLI_EVENT_FD_H_
