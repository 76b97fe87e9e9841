#ifndef POSTERN_TESTS_NET_NAME_SERVER_H_
#define POSTERN_TESTS_NET_NAME_SERVER_H_

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/ip_address.h"

namespace postern::test {

// A name server on a free UDP port of the loopback interface. Names that it was not told of do not
// exist.
class NameServer {
 public:
  struct Zone {
    enum class Reply { kAnswer, kServerFailure, kSilence };
    std::vector<std::string> addresses{};  // of both families
    std::uint32_t ttl = 60;
    Reply reply = Reply::kAnswer;
  };

  NameServer();
  ~NameServer();
  NameServer(const NameServer&) = delete;
  NameServer& operator=(const NameServer&) = delete;

  const core::Endpoint& endpoint() const { return endpoint_; }
  void Set(const std::string& name, Zone zone);
  // Questions about the name so far, of either family.
  int Questions(const std::string& name) const;

 private:
  void Serve();
  std::string ReplyTo(const std::string& question);

  int fd_;
  core::Endpoint endpoint_;
  mutable std::mutex mutex_;
  std::map<std::string, Zone> zones_;
  std::map<std::string, int> questions_;
  std::thread thread_;
};

}  // namespace postern::test

#endif  // POSTERN_TESTS_NET_NAME_SERVER_H_
