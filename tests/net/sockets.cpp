#include "sockets.h"

#include <arpa/inet.h>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace postern::test {

Listener::Listener(Kind kind, const std::string& address)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  inet_pton(AF_INET, address.c_str(), &name.sin_addr);
  socklen_t size = sizeof name;
  EXPECT_EQ(::bind(fd_, reinterpret_cast<const sockaddr*>(&name), size), 0);
  EXPECT_EQ(::getsockname(fd_, reinterpret_cast<sockaddr*>(&name), &size), 0);
  endpoint_ = {core::IpAddress::Parse(address).value(), ntohs(name.sin_port)};
  if (kind == Kind::kRefusing) return;
  EXPECT_EQ(::listen(fd_, kind == Kind::kBlackHole ? 0 : SOMAXCONN), 0);
  if (kind == Kind::kAccepting) return;
  // A backlog of 0 holds one connection; the ones after it fill the queue of half-open ones.
  constexpr int kEnough = 3;
  for (int i = 0; i < kEnough; ++i) {
    fillers_.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    static_cast<void>(
        ::connect(fillers_.back(), reinterpret_cast<const sockaddr*>(&name), sizeof name));
  }
}

Listener::~Listener() {
  for (const int filler : fillers_) ::close(filler);
  ::close(fd_);
}

std::size_t OpenDescriptors() {
  const std::filesystem::directory_iterator descriptors("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(descriptors), end(descriptors)));
}

int Slowness() {
  const char* const text = std::getenv("POSTERN_TEST_SLOWNESS");
  return text == nullptr ? 1 : std::max(1, std::atoi(text));
}

}  // namespace postern::test
