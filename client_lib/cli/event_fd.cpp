#include "cli/event_fd.h"

#include <cerrno>
#include <cstdint>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>

namespace postern::cli {

EventFd::EventFd() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

EventFd::~EventFd() { close(fd_); }

void EventFd::Signal() noexcept {
  // Fails only where the counter is at its end: then the descriptor is readable already.
  const int saved_errno = errno;
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(fd_, &one, sizeof one);
  errno = saved_errno;
}

void EventFd::Clear() noexcept {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t count_read = read(fd_, &count, sizeof count);
}

}  // namespace postern::cli
