// `postern demo-origin` as its clients see it, through plain sockets.
#include <arpa/inet.h>
#include <cerrno>
#include <cstdint>
#include <netinet/in.h>
#include <signal.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "child_process.h"

namespace postern {
namespace {

using test::ChildProcess;

class Connection {
 public:
  explicit Connection(std::uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  ~Connection() { close(fd_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void Send(std::string_view text) {
    EXPECT_EQ(send(fd_, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }
  // Reads up to and with this text, or to the end of the connection.
  std::string ReadUntil(std::string_view end) {
    std::string text;
    char c = 0;
    while ((text.size() < end.size() || text.substr(text.size() - end.size()) != end) &&
           (last_read_ = recv(fd_, &c, 1, 0)) == 1) {
      text.push_back(c);
    }
    return text;
  }
  // Whether the last read met the peer's orderly close.
  bool closed() const { return last_read_ == 0; }
  bool reset() const { return last_read_ < 0 && errno == ECONNRESET; }

 private:
  int fd_;
  ssize_t last_read_ = 1;
};

class DemoOriginTest : public testing::Test {
 protected:
  DemoOriginTest() : origin_({POSTERN_PROGRAM, "demo-origin", "--listen", "127.0.0.1:0"}) {
    const std::string line = origin_.ReadErrorLine();
    EXPECT_EQ(line.rfind("demo origin listening on 127.0.0.1:", 0), 0) << line;
    port_ = static_cast<std::uint16_t>(std::stoi(line.substr(line.rfind(':') + 1)));
  }
  ~DemoOriginTest() override {
    origin_.Signal(SIGTERM);
    EXPECT_EQ(origin_.Finish(), 0);
    EXPECT_EQ(origin_.rest_of_error(), "");
  }

  std::uint16_t port() const { return port_; }

 private:
  ChildProcess origin_;
  std::uint16_t port_ = 0;
};

TEST_F(DemoOriginTest, EchoesSeveralRequestsOverOneConnection) {
  Connection connection(port());
  for (const char* body : {"one", "two"}) {
    connection.Send(
        "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-type: a/b\r\ncontent-length: 3\r\n\r\n" +
        std::string(body));
    const std::string answer = connection.ReadUntil(body);
    EXPECT_EQ(answer.rfind("HTTP/1.1 200 OK\r\n", 0), 0) << answer;
    EXPECT_NE(answer.find("\r\ncontent-type: a/b\r\n"), std::string::npos);
    EXPECT_NE(answer.find("\r\ncontent-length: 3\r\n"), std::string::npos);
  }
}

TEST_F(DemoOriginTest, ChunksAreWellFormed) {
  Connection connection(port());
  connection.Send("GET /chunked/20 HTTP/1.1\r\nhost: x\r\n\r\n");
  const std::string answer = connection.ReadUntil("\r\n0\r\n\r\n");
  EXPECT_NE(
      answer.find("\r\ntransfer-encoding: chunked\r\n\r\n14\r\n0123456789abcdef0123\r\n0\r\n\r\n"),
      std::string::npos);
}

TEST_F(DemoOriginTest, HeadAnswersHaveNoBody) {
  Connection connection(port());
  connection.Send("HEAD /bytes/20 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
  const std::string answer = connection.ReadUntil("nothing ends like this");
  EXPECT_NE(answer.find("\r\ncontent-length: 20\r\n"), std::string::npos);
  EXPECT_EQ(answer.substr(answer.size() - 4), "\r\n\r\n");
  EXPECT_TRUE(connection.closed());
}

TEST_F(DemoOriginTest, CloseEndsInTheMiddleOfTheBody) {
  Connection connection(port());
  connection.Send("GET /close HTTP/1.1\r\nhost: x\r\n\r\n");
  const std::string answer = connection.ReadUntil("nothing ends like this");
  EXPECT_NE(answer.find("\r\ncontent-length: 1000\r\n"), std::string::npos);
  EXPECT_EQ(answer.size() - answer.find("\r\n\r\n") - 4, 500);
  EXPECT_TRUE(connection.closed());
}

TEST_F(DemoOriginTest, ResetResets) {
  Connection connection(port());
  connection.Send("GET /reset HTTP/1.1\r\nhost: x\r\n\r\n");
  EXPECT_EQ(connection.ReadUntil("nothing ends like this"), "");
  EXPECT_TRUE(connection.reset());
}

TEST_F(DemoOriginTest, ClientsThatVanishOrTalkNonsenseHarmNobody) {
  for (const char* request :
       {"", "GET /delay/600 HTTP/1.1\r\nhost: x\r\n\r\n",
        "GET /bytes/100000000 HTTP/1.1\r\nhost: x\r\n\r\n",
        "GET /drip?bytes=100&seconds=600 HTTP/1.1\r\nhost: x\r\n\r\n", "nonsense\r\n\r\n",
        "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\npart"}) {
    Connection(port()).Send(request);
  }
  Connection connection(port());
  connection.Send("GET /status/503 HTTP/1.1\r\nhost: x\r\n\r\n");
  EXPECT_EQ(connection.ReadUntil("\r\n"), "HTTP/1.1 503 Service Unavailable\r\n");
}

TEST(DemoOriginStartTest, AnOccupiedPortEndsItWithOneLine) {
  ChildProcess first({POSTERN_PROGRAM, "demo-origin", "--listen", "127.0.0.1:0"});
  const std::string line = first.ReadErrorLine();
  const std::string address = line.substr(line.rfind(' ') + 1);
  ChildProcess second({POSTERN_PROGRAM, "demo-origin", "--listen", address});
  EXPECT_EQ(second.Finish(), 1);
  EXPECT_EQ(second.rest_of_error(),
            "postern demo-origin: cannot serve on " + address + ": Address already in use\n");
}

}  // namespace
}  // namespace postern
