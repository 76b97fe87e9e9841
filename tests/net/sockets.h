#ifndef POSTERN_TESTS_NET_SOCKETS_H_
#define POSTERN_TESTS_NET_SOCKETS_H_

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "core/ip_address.h"

namespace postern::test {

// A bound IPv4 socket of the loopback interface, closed at the end.
class Listener {
 public:
  enum class Kind {
    kAccepting,  // connects succeed
    kRefusing,   // bound, not listening: connects are refused at once
    kBlackHole,  // the backlog is full: connects get no answer
  };

  explicit Listener(Kind kind = Kind::kAccepting, const std::string& address = "127.0.0.1");
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  int fd() const { return fd_; }
  const core::Endpoint& endpoint() const { return endpoint_; }

 private:
  int fd_;
  core::Endpoint endpoint_;
  std::vector<int> fillers_;  // connections that fill the backlog
};

// How many descriptors this process has open.
std::size_t OpenDescriptors();

// How much slower than normal this build is (POSTERN_TEST_SLOWNESS); time bounds are stretched by
// it.
int Slowness();

// How long to wait for something that will happen: far more than it ever takes.
inline std::chrono::seconds Patience() { return std::chrono::seconds(20) * Slowness(); }

}  // namespace postern::test

#endif  // POSTERN_TESTS_NET_SOCKETS_H_
