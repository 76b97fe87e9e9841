#include "rpc/listener.h"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <netdb.h>
#include <string_view>
#include <sys/socket.h>
#include <sys/stat.h>
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

absl::Status WrongListener(const std::string& address, std::string_view reason) {
  return absl::InvalidArgumentError("listener " + address + ": " + std::string(reason));
}

std::string UnixPath(const std::string& address) { return address.substr(kUnixPrefix.size()); }

absl::Status CheckUnix(const std::string& address) {
  const std::string path = UnixPath(address);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::memcpy(name.sun_path, path.data(), path.size());
  const Socket probe(AF_UNIX, SOCK_STREAM);
  if (::connect(probe.fd(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0) {
    return CannotListen(address, "another process serves this socket");
  }
  if (struct stat file{}; ::lstat(path.c_str(), &file) == 0 && !S_ISSOCK(file.st_mode))
    return CannotListen(address, "a file that is no socket is in the way");
  const std::string directory = path.substr(0, path.find_last_of('/') + 1);
  if (::access(directory.empty() ? "." : directory.c_str(), W_OK) != 0) {
    return CannotListen(address, "directory " + directory + ": " + std::strerror(errno));
  }
  return absl::OkStatus();
}

std::string HostOf(const std::string& address) {
  const std::string host = address.substr(0, address.rfind(':'));
  const bool bracketed = host.size() > 1 && host.front() == '[' && host.back() == ']';
  return bracketed ? host.substr(1, host.size() - 2) : host;
}

std::string PortOf(const std::string& address) { return address.substr(address.rfind(':') + 1); }

absl::Status CheckTcp(const std::string& address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  if (const int failure =
          ::getaddrinfo(HostOf(address).c_str(), PortOf(address).c_str(), &hints, &found);
      failure != 0) {
    return CannotListen(address, ::gai_strerror(failure));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  const Socket probe(found->ai_family, SOCK_STREAM);
  const int on = 1;
  ::setsockopt(probe.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(probe.fd(), found->ai_addr, found->ai_addrlen) != 0) {
    return CannotListen(address, std::strerror(errno));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckListenerSyntax(const std::string& address) {
  if (address.starts_with(kUnixPrefix)) {
    const std::size_t bytes = UnixPath(address).size();
    constexpr std::size_t kMaxBytes = sizeof(sockaddr_un::sun_path) - 1;
    if (bytes == 0) return WrongListener(address, "the path is missing");
    if (bytes > kMaxBytes) {
      return WrongListener(address,
                           "the path is longer than " + std::to_string(kMaxBytes) + " bytes");
    }
    return absl::OkStatus();
  }
  if (address.find(':') == std::string::npos)
    return WrongListener(address, "expected HOST:PORT or unix:PATH");
  const std::string port = PortOf(address);
  const char* const end = port.data() + port.size();
  int number = -1;
  const auto [stop, error] = std::from_chars(port.data(), end, number);
  if (error != std::errc() || stop != end || number < 0 || number > kMaxPort) {
    return WrongListener(address, "the port must be a number from 0 to 65535");
  }
  if (HostOf(address).empty()) return WrongListener(address, "the host is missing");
  return absl::OkStatus();
}

absl::Status CheckListener(const std::string& address) {
  return address.starts_with(kUnixPrefix) ? CheckUnix(address) : CheckTcp(address);
}

std::string WithPort(const std::string& address, int port) {
  if (address.starts_with(kUnixPrefix)) return address;
  return address.substr(0, address.rfind(':') + 1) + std::to_string(port);
}

}  // namespace postern::rpc
