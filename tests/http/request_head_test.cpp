#include "http/request_head.h"

#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "http/header_rules.h"
#include "http/url.h"
#include "version.h"

namespace postern::http {
namespace {

using core::HeaderView;

const std::string kAgent = "User-Agent: postern/" POSTERN_VERSION "\r\n";

struct Given {
  std::string method = "GET";
  std::string url = "http://a.example/x";
  std::vector<HeaderView> headers{};
  std::string idempotency_key{};
  std::string body{};
};

std::string HeadOf(const Given& given) {
  Url url;
  EXPECT_EQ(ParseUrl(given.url, 1000, url), "");
  core::Request request;
  request.destination = &url.destination;
  request.method = given.method;
  request.target = url.target;
  request.headers = given.headers;
  request.idempotency_key = given.idempotency_key;
  request.body = given.body;
  std::string head;
  AppendRequestHead(request, head);
  return head;
}

TEST(RequestHeadTest, HasExactlyTheseBytes) {
  EXPECT_EQ(HeadOf({}), "GET /x HTTP/1.1\r\nHost: a.example\r\n" + kAgent + "\r\n");
  EXPECT_EQ(HeadOf({.method = "POST",
                    .url = "https://[::1]:8443?q=1",
                    .headers = {{"X-A", "1"}, {"x-a", "2"}, {"X-Empty", ""}},
                    .idempotency_key = "key-1",
                    .body = "hello"}),
            "POST /?q=1 HTTP/1.1\r\nHost: [::1]:8443\r\nX-A: 1\r\nx-a: 2\r\nX-Empty: \r\n" +
                kAgent + "Idempotency-Key: key-1\r\nContent-Length: 5\r\n\r\n");
}

TEST(RequestHeadTest, IsAppendedToWhatIsThere) {
  Url url;
  ASSERT_EQ(ParseUrl("http://a/", 1000, url), "");
  core::Request request;
  request.destination = &url.destination;
  request.method = "GET";
  request.target = url.target;
  std::string out = "before";
  AppendRequestHead(request, out);
  EXPECT_EQ(out, "beforeGET / HTTP/1.1\r\nHost: a\r\n" + kAgent + "\r\n");
}

TEST(RequestHeadTest, TheTargetAlwaysBeginsWithASlash) {
  const struct {
    const char* url;
    const char* line;
  } cases[] = {
      {"http://a", "GET / HTTP/1.1\r\n"},
      {"http://a/", "GET / HTTP/1.1\r\n"},
      {"http://a?b", "GET /?b HTTP/1.1\r\n"},
      {"http://a//b", "GET //b HTTP/1.1\r\n"},
      {"http://a:80/b?c=%20", "GET /b?c=%20 HTTP/1.1\r\n"},
  };
  for (const auto& c : cases) EXPECT_TRUE(HeadOf({.url = c.url}).starts_with(c.line)) << c.url;
}

TEST(RequestHeadTest, TheHostNamesAPortOnlyWhereItIsNotTheDefault) {
  const struct {
    const char* url;
    const char* host;
  } cases[] = {
      {"http://A.Example.:80/", "\r\nHost: a.example\r\n"},
      {"https://a.example:443/", "\r\nHost: a.example\r\n"},
      {"https://a.example:80/", "\r\nHost: a.example:80\r\n"},
      {"http://[2001:DB8::0:1]/", "\r\nHost: [2001:db8::1]\r\n"},
  };
  for (const auto& c : cases) {
    EXPECT_NE(HeadOf({.url = c.url}).find(c.host), std::string::npos) << c.url;
  }
}

TEST(RequestHeadTest, SaysTheLengthOfEveryBodyAndOfAnAwaitedOneThatIsEmpty) {
  const auto length = [](const char* method, const char* body) {
    const std::string head = HeadOf({.method = method, .body = body});
    const std::size_t at = head.find("Content-Length: ");
    if (at == std::string::npos) return std::string("none");
    EXPECT_EQ(head.find("Content-Length", at + 1), std::string::npos) << "only once";
    return head.substr(at + 16, head.find('\r', at) - at - 16);
  };
  for (const char* method : {"POST", "PUT", "PATCH"}) {
    EXPECT_EQ(length(method, ""), "0") << method;
    EXPECT_EQ(length(method, "abc"), "3") << method;
  }
  for (const char* method : {"GET", "HEAD", "DELETE", "OPTIONS", "post"}) {
    EXPECT_EQ(length(method, ""), "none") << method;
    EXPECT_EQ(length(method, "abc"), "3") << method;
  }
}

TEST(RequestHeadTest, ACallersUserAgentReplacesOurs) {
  for (const char* name : {"User-Agent", "user-agent", "USER-AGENT"}) {
    const std::string head = HeadOf({.headers = {{name, "mine/1"}}});
    EXPECT_EQ(head.find("postern/"), std::string::npos);
    EXPECT_NE(head.find(std::string(name) + ": mine/1\r\n"), std::string::npos);
  }
}

// Random requests from a nasty alphabet: whichever passes the checks has as many lines as it has
// headers, and only one empty line, at its end.
TEST(RequestHeadTest, ACheckedRequestCannotSmuggleALine) {
  constexpr std::string_view kAlphabet("\r\n\0 \t:aZ0/?#%@[]\\\x7f\x80\xff", 20);
  std::mt19937_64 random(7);
  const auto text = [&](std::size_t max) {
    std::string made;
    for (std::size_t n = std::uniform_int_distribution<std::size_t>(0, max)(random); n > 0; --n) {
      made +=
          kAlphabet[std::uniform_int_distribution<std::size_t>(0, kAlphabet.size() - 1)(random)];
    }
    return made;
  };
  int passed = 0;
  for (int i = 0; i < 200'000; ++i) {
    const std::string method = "M" + text(1);
    const std::string raw_url = "http://a" + text(2);
    const std::string name = "N" + text(1);
    const std::string value = text(2);
    Url url;
    if (!CheckMethod(method, 32).empty() || !ParseUrl(raw_url, 1000, url).empty() ||
        !CheckRequestHeader(name, value).empty()) {
      continue;
    }
    ++passed;
    const HeaderView header{name, value};
    core::Request request;
    request.destination = &url.destination;
    request.method = method;
    request.target = url.target;
    request.headers = {&header, 1};
    std::string head;
    AppendRequestHead(request, head);
    EXPECT_EQ(std::count(head.begin(), head.end(), '\n'), 5);
    EXPECT_EQ(std::count(head.begin(), head.end(), '\r'), 5);
    EXPECT_EQ(std::count(head.begin(), head.end(), '\0'), 0);
    EXPECT_EQ(head.find("\r\n\r\n"), head.size() - 4);
    EXPECT_EQ(std::count(head.begin(), head.begin() + static_cast<long>(head.find('\r')), ' '), 2);
  }
  EXPECT_GT(passed, 1000) << "the alphabet must let some requests through";
}

}  // namespace
}  // namespace postern::http
