#include "name_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace postern::test {
namespace {

// RFC 1035 section 4.1.
constexpr std::size_t kHeaderBytes = 12;
constexpr std::uint16_t kTypeA = 1;
constexpr std::uint16_t kTypeAaaa = 28;
constexpr std::uint16_t kAnswerFlags = 0x8180;  // response, recursion desired and available
constexpr std::uint16_t kServerFailure = 2;
constexpr std::uint16_t kNoSuchName = 3;
constexpr std::uint16_t kNameOfQuestion = 0xc00c;  // a pointer to the name after the header

std::string U16(std::size_t value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value & 0xff)};
}

std::string U32(std::uint32_t value) { return U16(value >> 16) + U16(value & 0xffff); }

}  // namespace

NameServer::NameServer() : fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof name;
  EXPECT_EQ(::bind(fd_, reinterpret_cast<const sockaddr*>(&name), size), 0);
  EXPECT_EQ(::getsockname(fd_, reinterpret_cast<sockaddr*>(&name), &size), 0);
  endpoint_ = {core::IpAddress::Parse("127.0.0.1").value(), ntohs(name.sin_port)};
  thread_ = std::thread([this] { Serve(); });
}

NameServer::~NameServer() {
  // An empty datagram ends the thread.
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  name.sin_port = htons(endpoint_.port);
  ::sendto(fd_, "", 0, 0, reinterpret_cast<const sockaddr*>(&name), sizeof name);
  thread_.join();
  ::close(fd_);
}

void NameServer::Set(const std::string& name, Zone zone) {
  const std::lock_guard lock(mutex_);
  zones_[name] = std::move(zone);
}

int NameServer::Questions(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = questions_.find(name);
  return found == questions_.end() ? 0 : found->second;
}

void NameServer::Serve() {
  for (;;) {
    char buffer[512];
    sockaddr_in from{};
    socklen_t size = sizeof from;
    const ssize_t bytes =
        ::recvfrom(fd_, buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&from), &size);
    if (bytes <= 0) return;
    const std::string reply = ReplyTo(std::string(buffer, static_cast<std::size_t>(bytes)));
    if (reply.empty()) continue;
    ::sendto(fd_, reply.data(), reply.size(), 0, reinterpret_cast<const sockaddr*>(&from), size);
  }
}

std::string NameServer::ReplyTo(const std::string& question) {
  std::string name;
  std::size_t at = kHeaderBytes;
  for (std::size_t label = 0; (label = static_cast<unsigned char>(question.at(at))) != 0;
       at += label + 1) {
    name += (name.empty() ? "" : ".") + question.substr(at + 1, label);
  }
  const std::size_t type_at = at + 1;
  const std::size_t type = static_cast<unsigned char>(question.at(type_at)) * 256u +
                           static_cast<unsigned char>(question.at(type_at + 1));
  const std::string asked = question.substr(kHeaderBytes, type_at + 4 - kHeaderBytes);

  const std::lock_guard lock(mutex_);
  ++questions_[name];
  const auto zone = zones_.find(name);
  std::size_t flags = kAnswerFlags;
  std::size_t count = 0;
  std::string answers;
  if (zone == zones_.end()) {
    flags |= kNoSuchName;
  } else if (zone->second.reply == Zone::Reply::kSilence) {
    return {};
  } else if (zone->second.reply == Zone::Reply::kServerFailure) {
    flags |= kServerFailure;
  } else {
    for (const std::string& text : zone->second.addresses) {
      const core::IpAddress address = core::IpAddress::Parse(text).value();
      const bool v4 = address.family == core::IpAddress::Family::kV4;
      if (type != (v4 ? kTypeA : kTypeAaaa)) continue;
      const std::string data(address.bytes.begin(), address.bytes.begin() + address.Bits() / 8);
      answers += U16(kNameOfQuestion) + U16(type) + U16(1) + U32(zone->second.ttl) +
                 U16(data.size()) + data;
      ++count;
    }
  }
  return question.substr(0, 2) + U16(flags) + U16(1) + U16(count) + U16(0) + U16(0) + asked +
         answers;
}

}  // namespace postern::test
