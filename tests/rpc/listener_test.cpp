#include "rpc/listener.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace postern::rpc {
namespace {

TEST(ListenerSyntaxTest, IsHostAndPortOrAPath) {
  for (const char* address :
       {"127.0.0.1:0", "127.0.0.1:50051", "0.0.0.0:65535", "[::1]:1", "[::]:0", "localhost:80",
        "unix:/run/postern.sock", "unix:postern.sock"}) {
    EXPECT_TRUE(CheckListenerSyntax(address).ok()) << address;
  }
}

TEST(ListenerSyntaxTest, SaysWhatIsWrong) {
  const std::string longest = std::string(107, 'p');
  EXPECT_TRUE(CheckListenerSyntax("unix:" + longest).ok());
  const struct {
    std::string address;
    std::string reason;
  } cases[] = {
      {"", "expected HOST:PORT or unix:PATH"},
      {"127.0.0.1", "expected HOST:PORT or unix:PATH"},
      {"50051", "expected HOST:PORT or unix:PATH"},
      {"127.0.0.1:", "the port must be a number from 0 to 65535"},
      {"127.0.0.1:x", "the port must be a number from 0 to 65535"},
      {"127.0.0.1:65536", "the port must be a number from 0 to 65535"},
      {"127.0.0.1:-1", "the port must be a number from 0 to 65535"},
      {"127.0.0.1:80 ", "the port must be a number from 0 to 65535"},
      {":80", "the host is missing"},
      {"[]:80", "the host is missing"},
      {"unix:", "the path is missing"},
      {"unix:" + longest + "p", "the path is longer than 107 bytes"},
  };
  for (const auto& c : cases) {
    const absl::Status status = CheckListenerSyntax(c.address);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << c.address;
    EXPECT_EQ(status.message(), "listener " + c.address + ": " + c.reason);
  }
}

// A bound socket that goes with the test.
class BoundSocket {
 public:
  explicit BoundSocket(int family) : fd_(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
  ~BoundSocket() { Close(); }
  BoundSocket(const BoundSocket&) = delete;
  BoundSocket& operator=(const BoundSocket&) = delete;

  // Serves a free port; returns it.
  int ServeTcp() const {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof name;
    EXPECT_EQ(::bind(fd_, reinterpret_cast<const sockaddr*>(&name), size), 0);
    EXPECT_EQ(::listen(fd_, 1), 0);
    EXPECT_EQ(::getsockname(fd_, reinterpret_cast<sockaddr*>(&name), &size), 0);
    return ntohs(name.sin_port);
  }
  void ServeUnix(const std::string& path) const {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::memcpy(name.sun_path, path.data(), path.size());
    EXPECT_EQ(::bind(fd_, reinterpret_cast<const sockaddr*>(&name), sizeof name), 0);
    EXPECT_EQ(::listen(fd_, 1), 0);
  }
  void Close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  int fd_;
};

class UnixListenerTest : public testing::Test {
 protected:
  UnixListenerTest() {
    std::string name = testing::TempDir() + "listener-XXXXXX";
    directory_ = ::mkdtemp(name.data());
  }
  ~UnixListenerTest() override { std::filesystem::remove_all(directory_); }
  std::string Path() const { return directory_ / "socket"; }

  std::filesystem::path directory_;
};

TEST(ListenerTest, AFreePortIsNoObstacle) {
  EXPECT_TRUE(CheckListener("127.0.0.1:0").ok());
  EXPECT_TRUE(CheckListener("localhost:0").ok());
}

TEST(ListenerTest, AnOccupiedPortIsTold) {
  const BoundSocket other(AF_INET);
  const std::string address = "127.0.0.1:" + std::to_string(other.ServeTcp());
  EXPECT_EQ(CheckListener(address).message(),
            "cannot listen on " + address + ": Address already in use");
}

TEST(ListenerTest, AnAddressOfAnotherMachineIsTold) {
  // Documentation range (RFC 5737): never ours.
  EXPECT_EQ(CheckListener("192.0.2.1:0").message(),
            "cannot listen on 192.0.2.1:0: Cannot assign requested address");
}

TEST_F(UnixListenerTest, AFreshPathIsNoObstacle) {
  EXPECT_TRUE(CheckListener("unix:" + Path()).ok());
}

TEST_F(UnixListenerTest, ASocketLeftBehindIsNoObstacle) {
  BoundSocket dead(AF_UNIX);
  dead.ServeUnix(Path());
  dead.Close();
  ASSERT_TRUE(std::filesystem::exists(Path()));
  EXPECT_TRUE(CheckListener("unix:" + Path()).ok());
}

TEST_F(UnixListenerTest, ASocketThatSomebodyServesIsTold) {
  const BoundSocket other(AF_UNIX);
  other.ServeUnix(Path());
  EXPECT_EQ(CheckListener("unix:" + Path()).message(),
            "cannot listen on unix:" + Path() + ": another process serves this socket");
}

TEST_F(UnixListenerTest, AFileThatIsNoSocketIsToldAndKept) {
  std::ofstream(Path()) << "precious";
  EXPECT_EQ(CheckListener("unix:" + Path()).message(),
            "cannot listen on unix:" + Path() + ": a file that is no socket is in the way");
  EXPECT_EQ(std::filesystem::file_size(Path()), 8u);
}

TEST_F(UnixListenerTest, AMissingDirectoryIsTold) {
  const std::string address = "unix:" + (directory_ / "missing" / "socket").string();
  EXPECT_EQ(CheckListener(address).message(), "cannot listen on " + address + ": directory " +
                                                  (directory_ / "missing").string() +
                                                  "/: No such file or directory");
}

TEST(ListenerTest, ThePickedPortIsFilledIn) {
  EXPECT_EQ(WithPort("127.0.0.1:0", 4321), "127.0.0.1:4321");
  EXPECT_EQ(WithPort("[::1]:0", 4321), "[::1]:4321");
  EXPECT_EQ(WithPort("unix:/run/a:0", 1), "unix:/run/a:0");
}

}  // namespace
}  // namespace postern::rpc
