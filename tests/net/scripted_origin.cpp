#include "scripted_origin.h"

#include <algorithm>
#include <cstdlib>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace postern::test {

std::string Ok(std::string_view body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

std::optional<std::string> ScriptedOrigin::Peer::ReadRequest() {
  constexpr std::string_view kLength = "Content-Length: ";
  for (;;) {
    const std::size_t end = buffer_.find("\r\n\r\n");
    if (end != std::string::npos) {
      const std::size_t length = buffer_.find(kLength);
      const std::size_t body =
          length < end ? std::strtoul(buffer_.c_str() + length + kLength.size(), nullptr, 10) : 0;
      if (buffer_.size() >= end + 4 + body) {
        std::string request = buffer_.substr(0, end + 4 + body);
        buffer_.erase(0, request.size());
        {
          const std::lock_guard lock(origin_.mutex_);
          origin_.requests_.push_back(request.substr(0, request.find('\r')));
        }
        origin_.changed_.notify_all();
        return request;
      }
    }
    char bytes[16 * 1024];
    const ssize_t n = ::recv(fd_, bytes, sizeof bytes, 0);
    if (n <= 0) return std::nullopt;
    buffer_.append(bytes, static_cast<std::size_t>(n));
  }
}

void ScriptedOrigin::Peer::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return;  // the gate has gone: that is for the test to see
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

void ScriptedOrigin::Peer::ResetOnClose() {
  const linger now{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

void ScriptedOrigin::Peer::AwaitClose() {
  char bytes[16 * 1024];
  while (::recv(fd_, bytes, sizeof bytes, 0) > 0) {
  }
}

ScriptedOrigin::ScriptedOrigin(Script script)
    : script_(std::move(script)), accepting_([this] { Accept(); }) {}

ScriptedOrigin::~ScriptedOrigin() {
  OpenGate();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
  }
  ::shutdown(listener_.fd(), SHUT_RDWR);  // ends accept
  accepting_.join();
  for (std::thread& thread : threads_) thread.join();
}

ScriptedOrigin::Script ScriptedOrigin::Echo() {
  return [](Peer& peer) {
    while (const auto request = peer.ReadRequest()) {
      const std::size_t target = request->find(' ') + 1;
      peer.Write(Ok(request->substr(target, request->find(' ', target) - target)));
    }
  };
}

std::string ScriptedOrigin::Url(std::string_view path) const {
  return "http://" + endpoint().ToString() + std::string(path);
}

int ScriptedOrigin::connections() const {
  const std::lock_guard lock(mutex_);
  return connections_;
}

int ScriptedOrigin::most_open() const {
  const std::lock_guard lock(mutex_);
  return most_open_;
}

std::vector<std::string> ScriptedOrigin::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void ScriptedOrigin::AwaitRequests(std::size_t count) {
  Await([&] { return requests_.size() >= count; });
}

void ScriptedOrigin::AwaitAllClosed() {
  Await([&] { return open_.empty(); });
}

void ScriptedOrigin::OpenGate() {
  {
    const std::lock_guard lock(mutex_);
    gate_open_ = true;
  }
  changed_.notify_all();
}

void ScriptedOrigin::AwaitGate() {
  Await([&] { return gate_open_; });
}

void ScriptedOrigin::Await(const std::function<bool()>& condition) {
  std::unique_lock lock(mutex_);
  EXPECT_TRUE(changed_.wait_for(lock, Patience(), condition));
}

void ScriptedOrigin::Accept() {
  for (;;) {
    const int fd = ::accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      ::close(fd);
      return;
    }
    open_.push_back(fd);
    most_open_ = std::max(most_open_, static_cast<int>(open_.size()));
    const int number = connections_++;
    threads_.emplace_back([this, fd, number] {
      Peer peer(*this, fd, number);
      script_(peer);
      {
        const std::lock_guard closing(mutex_);
        std::erase(open_, fd);
        ::close(fd);
      }
      changed_.notify_all();
    });
  }
}

}  // namespace postern::test
