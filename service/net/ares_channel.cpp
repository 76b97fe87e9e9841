#include "net/ares_channel.h"

#include <algorithm>
#include <netinet/in.h>

#include <boost/asio/posix/basic_stream_descriptor.hpp>

namespace postern::net {
namespace {

using core::IpAddress;
using Descriptor = asio::posix::basic_stream_descriptor<Executor>;

// c-ares needs one initialisation per process, before the first channel.
int InitialiseLibrary() {
  static const int status = ares_library_init(ARES_LIB_INIT_ALL);
  return status;
}

absl::Status AresError(std::string_view what, int status) {
  return absl::InternalError(std::string(what) + ": " + ares_strerror(status));
}

AresChannel::Answer ToAnswer(int status, const ares_addrinfo* info) {
  AresChannel::Answer answer;
  answer.status = status;
  if (info == nullptr) return answer;
  for (const ares_addrinfo_node* node = info->nodes; node != nullptr; node = node->ai_next) {
    if (node->ai_family == AF_INET) {
      const auto* in = reinterpret_cast<const sockaddr_in*>(node->ai_addr);
      answer.addresses.push_back(
          IpAddress::V4(reinterpret_cast<const std::uint8_t*>(&in->sin_addr)));
    } else if (node->ai_family == AF_INET6) {
      const auto* in = reinterpret_cast<const sockaddr_in6*>(node->ai_addr);
      answer.addresses.push_back(IpAddress::V6(in->sin6_addr.s6_addr));
    }
    const auto ttl = std::chrono::seconds(std::max(node->ai_ttl, 0));
    answer.ttl = node == info->nodes ? ttl : std::min<core::Duration>(answer.ttl, ttl);
  }
  return answer;
}

}  // namespace

// A c-ares socket; c-ares closes it, we only wait on it.
struct AresChannel::Watch {
  Watch(Executor executor, ares_socket_t socket) : fd(socket), descriptor(executor, socket) {}

  ares_socket_t fd;
  Descriptor descriptor;
  bool want_read = false;
  bool want_write = false;
  bool reading = false;
  bool writing = false;
};

AresChannel::AresChannel(Executor executor) : executor_(executor), timeout_(executor) {}

absl::StatusOr<std::unique_ptr<AresChannel>> AresChannel::Create(
    Executor executor, const core::DnsLimits& limits, const std::vector<core::Endpoint>& servers) {
  if (const int status = InitialiseLibrary(); status != ARES_SUCCESS)
    return AresError("c-ares", status);
  std::unique_ptr<AresChannel> self(new AresChannel(executor));
  ares_options options{};
  char lookups[] = "fb";  // hosts file, then name servers
  options.lookups = lookups;
  options.timeout = static_cast<int>(limits.query_timeout / std::chrono::milliseconds(1));
  options.tries = limits.query_tries;
  options.sock_state_cb = [](void* data, ares_socket_t fd, int readable, int writable) {
    static_cast<AresChannel*>(data)->OnSocketState(fd, readable != 0, writable != 0);
  };
  options.sock_state_cb_data = self.get();
  const int mask = ARES_OPT_LOOKUPS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
  if (const int status = ares_init_options(&self->channel_, &options, mask);
      status != ARES_SUCCESS) {
    return AresError("c-ares", status);
  }
  if (!servers.empty()) {
    std::string csv;
    for (const core::Endpoint& server : servers)
      csv += (csv.empty() ? "" : ",") + server.ToString();
    if (const int status = ares_set_servers_ports_csv(self->channel_, csv.c_str());
        status != ARES_SUCCESS) {
      return AresError("name servers " + csv, status);
    }
  }
  return self;
}

AresChannel::~AresChannel() {
  if (channel_ != nullptr) ares_destroy(channel_);  // pending lookups end with ARES_EDESTRUCTION
}

void AresChannel::Lookup(const std::string& name, IpAddress::Family family, Callback callback) {
  ares_addrinfo_hints hints{};
  hints.ai_family = family == IpAddress::Family::kV4 ? AF_INET : AF_INET6;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = ARES_AI_NOSORT;  // ordering is ours, by RFC 8305
  auto owned = std::make_unique<Callback>(std::move(callback));
  ares_getaddrinfo(
      channel_, name.c_str(), nullptr, &hints,
      [](void* data, int status, int, ares_addrinfo* info) {
        const std::unique_ptr<Callback> done(static_cast<Callback*>(data));
        if (status != ARES_EDESTRUCTION) (*done)(ToAnswer(status, info));
        if (info != nullptr) ares_freeaddrinfo(info);
      },
      owned.release());
  ScheduleTimeout();
}

void AresChannel::OnSocketState(ares_socket_t fd, bool readable, bool writable) {
  std::shared_ptr<Watch>& watch = watches_[fd];
  if (!watch) watch = std::make_shared<Watch>(executor_, fd);
  watch->want_read = readable;
  watch->want_write = writable;
  if (readable || writable) return Wait(watch);
  watch->descriptor.release();  // c-ares is about to close it
  watches_.erase(fd);
}

void AresChannel::Wait(const std::shared_ptr<Watch>& watch) {
  if (watch->want_read && !watch->reading) {
    watch->reading = true;
    watch->descriptor.async_wait(Descriptor::wait_read, [this, watch](error_code ec) {
      watch->reading = false;
      if (ec || !watch->want_read) return;
      Process(watch->fd, ARES_SOCKET_BAD);
      if (watch->want_read) Wait(watch);
    });
  }
  if (watch->want_write && !watch->writing) {
    watch->writing = true;
    watch->descriptor.async_wait(Descriptor::wait_write, [this, watch](error_code ec) {
      watch->writing = false;
      if (ec || !watch->want_write) return;
      Process(ARES_SOCKET_BAD, watch->fd);
      if (watch->want_write) Wait(watch);
    });
  }
}

void AresChannel::Process(ares_socket_t readable, ares_socket_t writable) {
  ares_process_fd(channel_, readable, writable);
  ScheduleTimeout();
}

void AresChannel::ScheduleTimeout() {
  timeval wait{};
  if (ares_timeout(channel_, nullptr, &wait) == nullptr) {
    timeout_.cancel();
    return;
  }
  timeout_.expires_after(std::chrono::seconds(wait.tv_sec) +
                         std::chrono::microseconds(wait.tv_usec));
  timeout_.async_wait([this](error_code ec) {
    if (!ec) Process(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  });
}

}  // namespace postern::net
