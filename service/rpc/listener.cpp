#include "rpc/listener.h"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <netdb.h>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace postern::rpc {
namespace {

constexpr std::string_view kUnixPrefix = "unix:";
constexpr int kMaxPort = 65535;

class Socket {
 public:
  Socket(int family, int type) : fd_(::socket(family, type | SOCK_CLOEXEC, 0)) {}
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

absl::Status CannotListen(const std::string& address, std::string_view reason) {
  return absl::UnavailableError("cannot listen on " + address + ": " + std::string(reason));
}

absl::Status CheckUnix(const std::string& address) {
  const std::string path = address.substr(kUnixPrefix.size());
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (path.empty()) return CannotListen(address, "the path is missing");
  if (path.size() >= sizeof name.sun_path) {
    return CannotListen(
        address, "the path is longer than " + std::to_string(sizeof name.sun_path - 1) + " bytes");
  }
  std::memcpy(name.sun_path, path.data(), path.size());
  const Socket probe(AF_UNIX, SOCK_STREAM);
  if (::connect(probe.fd(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0) {
    return CannotListen(address, "another process serves this socket");
  }
  const std::string directory = path.substr(0, path.find_last_of('/') + 1);
  if (::access(directory.empty() ? "." : directory.c_str(), W_OK) != 0) {
    return CannotListen(address, "directory " + directory + ": " + std::strerror(errno));
  }
  return absl::OkStatus();
}

absl::Status CheckTcp(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos) return CannotListen(address, "expected HOST:PORT or unix:PATH");
  const std::string_view port = std::string_view(address).substr(colon + 1);
  int number = -1;
  const auto [stop, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc() || stop != port.data() + port.size() || number < 0 ||
      number > kMaxPort) {
    return CannotListen(address, "the port must be a number from 0 to 65535");
  }
  std::string host = address.substr(0, colon);
  if (host.size() > 1 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  if (host.empty()) return CannotListen(address, "the host is missing");
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  if (const int failure = ::getaddrinfo(host.c_str(), std::string(port).c_str(), &hints, &found);
      failure != 0) {
    return CannotListen(address, ::gai_strerror(failure));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  const Socket probe(found->ai_family, SOCK_STREAM);
  const int on = 1;
  ::setsockopt(probe.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(probe.fd(), found->ai_addr, found->ai_addrlen) != 0)
    return CannotListen(address, std::strerror(errno));
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckListener(const std::string& address) {
  return address.starts_with(kUnixPrefix) ? CheckUnix(address) : CheckTcp(address);
}

std::string WithPort(const std::string& address, int port) {
  if (address.starts_with(kUnixPrefix)) return address;
  return address.substr(0, address.rfind(':') + 1) + std::to_string(port);
}

}  // namespace postern::rpc
