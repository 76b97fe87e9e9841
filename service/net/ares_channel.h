#ifndef POSTERN_NET_ARES_CHANNEL_H_
#define POSTERN_NET_ARES_CHANNEL_H_

#include <ares.h>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include <absl/status/statusor.h>

#include "core/ip_address.h"
#include "core/settings.h"
#include "net/asio_types.h"

namespace postern::net {

// c-ares driven by the shard's loop: its sockets are watched and its timeouts kept by Asio.
class AresChannel {
 public:
  struct Answer {
    int status = 0;  // ARES_SUCCESS or what ares_strerror explains
    std::vector<core::IpAddress> addresses;
    core::Duration ttl{0};
  };
  using Callback = std::function<void(Answer)>;

  // `servers`: asked in this order; empty: those of resolv.conf.
  static absl::StatusOr<std::unique_ptr<AresChannel>> Create(
      Executor executor, const core::DnsLimits& limits, const std::vector<core::Endpoint>& servers);
  ~AresChannel();
  AresChannel(const AresChannel&) = delete;
  AresChannel& operator=(const AresChannel&) = delete;

  // Looks up the name's addresses of one family, by hosts file, search domains and name servers.
  // The callback may be called before this returns; it is not called after the channel is
  // destroyed.
  void Lookup(const std::string& name, core::IpAddress::Family family, Callback callback);

 private:
  struct Watch;

  explicit AresChannel(Executor executor);
  void OnSocketState(ares_socket_t fd, bool readable, bool writable);
  void Wait(const std::shared_ptr<Watch>& watch);
  void Process(ares_socket_t readable, ares_socket_t writable);
  void ScheduleTimeout();

  Executor executor_;
  ares_channel channel_ = nullptr;
  WaitTimer timeout_;
  std::unordered_map<ares_socket_t, std::shared_ptr<Watch>> watches_;
};

}  // namespace postern::net

#endif  // POSTERN_NET_ARES_CHANNEL_H_
