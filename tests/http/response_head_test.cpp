#include "http/response_head.h"

#include <gtest/gtest.h>

namespace postern::http {
namespace {

using std::chrono::seconds;

constexpr std::size_t kMaxFields = 10;

class ResponseHeadTest : public testing::Test {
 protected:
  // Feeds one whole head.
  void Feed(std::string_view bytes) {
    headers_.Clear();
    head_.Start(headers_, kMaxFields);
    head_.Feed(bytes);
  }

  core::HeaderList headers_;
  ResponseHead head_;
};

TEST_F(ResponseHeadTest, TellsStatusAndFraming) {
  Feed("HTTP/1.1 404 Not Found\r\nContent-Length: 12\r\n\r\n");
  ASSERT_EQ(head_.status(), ResponseHead::Status::kDone);
  EXPECT_EQ(head_.code(), 404u);
  EXPECT_EQ(head_.content_length(), 12u);
  EXPECT_FALSE(head_.chunked());
  EXPECT_TRUE(head_.keep_alive());
  Feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
  ASSERT_EQ(head_.status(), ResponseHead::Status::kDone);
  EXPECT_EQ(head_.code(), 200u);
  EXPECT_EQ(head_.content_length(), std::nullopt);
  EXPECT_TRUE(head_.chunked());
  EXPECT_FALSE(head_.keep_alive());
}

TEST_F(ResponseHeadTest, UsesNothingAfterTheEmptyLine) {
  head_.Start(headers_, kMaxFields);
  const std::string_view head = "HTTP/1.1 200 OK\r\nA: b\r\n\r\n";
  EXPECT_EQ(head_.Feed(std::string(head) + "\r\nbody"), head.size());
  EXPECT_EQ(head_.status(), ResponseHead::Status::kDone);
}

TEST_F(ResponseHeadTest, ReadsTheKeepAliveTimeout) {
  const struct {
    std::string value;
    std::optional<core::Duration> timeout;
  } cases[] = {
      {"timeout=5", seconds(5)},
      {"timeout=5, max=100", seconds(5)},
      {"max=100, timeout=15", seconds(15)},
      {"timeout=0", seconds(0)},
      {"max=100", std::nullopt},
      {"timeout=", std::nullopt},
      {"timeout=x", std::nullopt},
      {"timeout=-1", std::nullopt},
      {"timeout=4294967296", std::nullopt},
      {"timeout", std::nullopt},
      {"", std::nullopt},
  };
  for (const auto& c : cases) {
    Feed("HTTP/1.1 200 OK\r\nKeep-Alive: " + c.value + "\r\n\r\n");
    ASSERT_EQ(head_.status(), ResponseHead::Status::kDone) << c.value;
    EXPECT_EQ(head_.keep_alive_timeout(), c.timeout) << c.value;
  }
  Feed("HTTP/1.1 200 OK\r\n\r\n");
  EXPECT_EQ(head_.keep_alive_timeout(), std::nullopt) << "nothing remains of an earlier head";
}

TEST_F(ResponseHeadTest, SaysWhatIsWrong) {
  const struct {
    const char* bytes;
    const char* error;
  } cases[] = {
      {"HTTP/1.1 099 Low\r\n\r\n", "status 99 is not an HTTP status"},
      {"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
       "malformed response head: bad Content-Length"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
       "more than one Content-Length"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
       "Transfer-Encoding is not exactly \"chunked\""},
      {"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
       "Transfer-Encoding in an HTTP/1.0 response"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
       "malformed response head: bad Transfer-Encoding"},
      {"HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", "a header is folded over several lines"},
      {"HTTP/1.1 200 OK\r\na:1\r\nb:2\r\nc:3\r\nd:4\r\ne:5\r\nf:6\r\ng:7\r\nh:8\r\ni:9\r\nj:10\r\n"
       "k:11\r\n\r\n",
       "more header fields than the limit"},
  };
  for (const auto& c : cases) {
    Feed(c.bytes);
    EXPECT_EQ(head_.status(), ResponseHead::Status::kFailed) << c.bytes;
    EXPECT_EQ(head_.error(), c.error);
  }
}

}  // namespace
}  // namespace postern::http
