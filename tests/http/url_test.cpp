#include "http/url.h"

#include <gtest/gtest.h>

namespace postern::http {
namespace {

using core::Scheme;

constexpr std::size_t kMaxBytes = 8 * 1024;

std::string Repeat(std::string_view text, int times) {
  std::string repeated;
  for (int i = 0; i < times; ++i) repeated += text;
  return repeated;
}

TEST(UrlTest, TellsTheParts) {
  const std::string label(63, 'a');
  const std::string longest_name = Repeat(label + ".", 3) + std::string(61, 'b');
  const struct {
    std::string text;
    Scheme scheme;
    std::string host;
    int port;
    std::string authority;
    std::string target;
  } cases[] = {
      {"http://a", Scheme::kHttp, "a", 80, "a", ""},
      {"http://a/", Scheme::kHttp, "a", 80, "a", "/"},
      {"https://a", Scheme::kHttps, "a", 443, "a", ""},
      {"HTTPS://API.Example.COM/Path?Q=V", Scheme::kHttps, "api.example.com", 443,
       "api.example.com", "/Path?Q=V"},
      {"hTtP://a", Scheme::kHttp, "a", 80, "a", ""},
      {"http://a:80/", Scheme::kHttp, "a", 80, "a", "/"},
      {"https://a:443", Scheme::kHttps, "a", 443, "a", ""},
      {"https://a:80", Scheme::kHttps, "a", 80, "a:80", ""},
      {"http://a:443/x", Scheme::kHttp, "a", 443, "a:443", "/x"},
      {"http://a:1", Scheme::kHttp, "a", 1, "a:1", ""},
      {"http://a:65535", Scheme::kHttp, "a", 65535, "a:65535", ""},
      {"http://a:0080/", Scheme::kHttp, "a", 80, "a", "/"},
      {"http://a?q", Scheme::kHttp, "a", 80, "a", "?q"},
      {"http://a:8080?q=/x", Scheme::kHttp, "a", 8080, "a:8080", "?q=/x"},
      {"http://a//b//", Scheme::kHttp, "a", 80, "a", "//b//"},
      {"http://a/../b/./c", Scheme::kHttp, "a", 80, "a", "/../b/./c"},
      {"http://a/%00%0d%0A%2f%ff", Scheme::kHttp, "a", 80, "a", "/%00%0d%0A%2f%ff"},
      {"http://a/@:!$&'()*+,;=~-._", Scheme::kHttp, "a", 80, "a", "/@:!$&'()*+,;=~-._"},
      {"http://a/?a=b&c=http://x:1/?d", Scheme::kHttp, "a", 80, "a", "/?a=b&c=http://x:1/?d"},
      {"http://a.b./c", Scheme::kHttp, "a.b", 80, "a.b", "/c"},
      {"http://LOCALHOST./", Scheme::kHttp, "localhost", 80, "localhost", "/"},
      {"http://a-b_c.d-", Scheme::kHttp, "a-b_c.d-", 80, "a-b_c.d-", ""},
      {"http://xn--bcher-kva.example", Scheme::kHttp, "xn--bcher-kva.example", 80,
       "xn--bcher-kva.example", ""},
      {"http://127.0.0.1:8080/", Scheme::kHttp, "127.0.0.1", 8080, "127.0.0.1:8080", "/"},
      {"http://0x7f.1/", Scheme::kHttp, "0x7f.1", 80, "0x7f.1", "/"},
      {"http://2130706433/", Scheme::kHttp, "2130706433", 80, "2130706433", "/"},
      {"http://[::1]", Scheme::kHttp, "::1", 80, "[::1]", ""},
      {"https://[::1]:443/", Scheme::kHttps, "::1", 443, "[::1]", "/"},
      {"http://[2001:DB8:0:0:0:0:0:1]:81?q", Scheme::kHttp, "2001:db8::1", 81, "[2001:db8::1]:81",
       "?q"},
      {"http://[::ffff:127.0.0.1]/", Scheme::kHttp, "::ffff:127.0.0.1", 80, "[::ffff:127.0.0.1]",
       "/"},
      {"http://" + longest_name + "./", Scheme::kHttp, longest_name, 80, longest_name, "/"},
  };
  ASSERT_EQ(longest_name.size(), 253u);
  for (const auto& c : cases) {
    Url url;
    EXPECT_EQ(ParseUrl(c.text, kMaxBytes, url), "") << c.text;
    EXPECT_EQ(url.destination.scheme, c.scheme) << c.text;
    EXPECT_EQ(url.destination.host, c.host) << c.text;
    EXPECT_EQ(url.destination.port, c.port) << c.text;
    EXPECT_EQ(url.destination.authority, c.authority) << c.text;
    EXPECT_EQ(url.target, c.target) << c.text;
  }
}

TEST(UrlTest, RefusesWithTheReason) {
  constexpr const char* kScheme = "must start with http:// or https://";
  constexpr const char* kUser = "has user information (user@host), which is not accepted";
  constexpr const char* kPort = "port must be a number from 1 to 65535";
  constexpr const char* kFragment = "has a fragment (#...), which is never sent to an origin";
  constexpr const char* kBrackets = "[...] does not hold an IPv6 address";
  constexpr const char* kLabel = "host name has an empty label";
  constexpr const char* kNonAscii = "host has a non-ASCII character; write it in its xn-- form";
  constexpr const char* kEncodedHost =
      "host has a percent-encoded character, which no host name has";
  const auto forbidden = [](const char* byte, int position) {
    return std::string("character ") + byte + " at byte " + std::to_string(position) +
           " is not allowed in a URL; percent-encode it";
  };
  const auto percent = [](int position) {
    return "% at byte " + std::to_string(position) + " is not followed by two hexadecimal digits";
  };
  const struct {
    std::string text;
    std::string reason;
  } cases[] = {
      {"", "is missing"},
      {"a", kScheme},
      {"/a", kScheme},
      {"//a/b", kScheme},
      {"http", kScheme},
      {"http:", kScheme},
      {"http:/", kScheme},
      {"http:/a", kScheme},
      {"http:a", kScheme},
      {"://a", kScheme},
      {" http://a", kScheme},
      {"\thttp://a", kScheme},
      {"httpx://a", kScheme},
      {"ftp://a", kScheme},
      {"file:///etc/passwd", kScheme},
      {"javascript://a", kScheme},
      {"http\n://a", kScheme},
      {"http://", "has no host"},
      {"http:///a", "has no host"},
      {"http://?a", "has no host"},
      {"http://:80", "has no host"},
      {"http://.", "has no host"},
      {"http://./", "has no host"},
      {"http://user@a/", kUser},
      {"http://user:password@a/", kUser},
      {"http://user@good.com:80@evil.com/", kUser},
      {"http://@a", kUser},
      {"http://a@", kUser},
      {"http://evil\\@good/", kUser},
      {"http://a:/", kPort},
      {"http://a:0", kPort},
      {"http://a:65536", kPort},
      {"http://a:99999", kPort},
      {"http://a:4294967376", kPort},
      {"http://a:18446744073709551696", kPort},
      {"http://a:-80", kPort},
      {"http://a:+80", kPort},
      {"http://a: 80", kPort},
      {"http://a:80 ", kPort},
      {"http://a:8x", kPort},
      {"http://a:0x50", kPort},
      {"http://a:80:80", kPort},
      {"http://[::1]:", kPort},
      {"http://[::1]:65536", kPort},
      {"http://::1/", "has no host"},
      {"http://fe80::1/", kPort},
      {"http://[::1", kBrackets},
      {"http://[", kBrackets},
      {"http://[]", kBrackets},
      {"http://[]:80", kBrackets},
      {"http://[127.0.0.1]", kBrackets},
      {"http://[a]", kBrackets},
      {"http://[[::1]]", kBrackets},
      {"http://[::1%25eth0]", kBrackets},
      {"http://[::1%eth0]", kBrackets},
      {"http://[v1.a]", kBrackets},
      {"http://[::1 ]", kBrackets},
      {"http://[::1]a", "has text between ] and the port"},
      {"http://[::1]80", "has text between ] and the port"},
      {"http://[::1].", "has text between ] and the port"},
      {"http://a[::1]", forbidden("0x5b", 8)},
      {"http://a]", forbidden("0x5d", 8)},
      {"http://a..b", kLabel},
      {"http://.a", kLabel},
      {"http://a../", kLabel},
      {"http://..", kLabel},
      {"http://" + std::string(64, 'a'), "host name has a label of more than 63 bytes"},
      {"http://b." + std::string(64, 'a') + ".c", "host name has a label of more than 63 bytes"},
      {"http://" + Repeat("a.", 126) + "bb", "host name is longer than 253 bytes"},
      {"http://a b/", forbidden("0x20", 8)},
      {"http://a\tb/", forbidden("0x09", 8)},
      {"http://a\r\nb/", forbidden("0x0d", 8)},
      {std::string("http://a\0b/", 11), forbidden("0x00", 8)},
      {"http://a\\b/", forbidden("0x5c", 8)},
      {"http://a\x7f", forbidden("0x7f", 8)},
      {"http://a$b", forbidden("0x24", 8)},
      {"http://a,b", forbidden("0x2c", 8)},
      {"http://a%2eb/", kEncodedHost},
      {"http://%61/", kEncodedHost},
      {"http://b\xc3\xbc"
       "cher/",
       kNonAscii},
      {"http://a\xe3\x80\x82"
       "b/",
       kNonAscii},
      {"http://\xff/", kNonAscii},
      {"http://a#", kFragment},
      {"http://a/#b", kFragment},
      {"http://a/b?c#d", kFragment},
      {"http://a#@b/", kFragment},
      {"http://a/ ", forbidden("0x20", 9)},
      {"http://a/b c", forbidden("0x20", 10)},
      {"http://a/\r\nHost: b", forbidden("0x0d", 9)},
      {"http://a/\n", forbidden("0x0a", 9)},
      {std::string("http://a/\0", 10), forbidden("0x00", 9)},
      {"http://a/\x7f", forbidden("0x7f", 9)},
      {"http://a/\x80", forbidden("0x80", 9)},
      {"http://a/\xc3\xa9", forbidden("0xc3", 9)},
      {"http://a/\\b", forbidden("0x5c", 9)},
      {"http://a/\"", forbidden("0x22", 9)},
      {"http://a/<b>", forbidden("0x3c", 9)},
      {"http://a/{b}", forbidden("0x7b", 9)},
      {"http://a/|", forbidden("0x7c", 9)},
      {"http://a/^", forbidden("0x5e", 9)},
      {"http://a/`", forbidden("0x60", 9)},
      {"http://a/[b]", forbidden("0x5b", 9)},
      {"http://a?b c", forbidden("0x20", 10)},
      {"http://a/%", percent(9)},
      {"http://a/%2", percent(9)},
      {"http://a/%2g", percent(9)},
      {"http://a/%g2", percent(9)},
      {"http://a/%%20", percent(9)},
      {"http://a/%20%", percent(12)},
      {"http://a?%zz", percent(9)},
  };
  for (const auto& c : cases) {
    Url url;
    EXPECT_EQ(ParseUrl(c.text, kMaxBytes, url), c.reason) << testing::PrintToString(c.text);
  }
}

TEST(UrlTest, TheLengthLimitIsExact) {
  Url url;
  const std::string text = "http://a/" + std::string(91, 'b');
  EXPECT_EQ(ParseUrl(text, 100, url), "");
  EXPECT_EQ(ParseUrl(text + "b", 100, url), "is longer than 100 bytes");
}

TEST(UrlTest, NothingOfAnEarlierUrlRemains) {
  Url url;
  ASSERT_EQ(ParseUrl("https://a:8443/path", kMaxBytes, url), "");
  ASSERT_EQ(ParseUrl("http://b", kMaxBytes, url), "");
  EXPECT_EQ(url.destination.host, "b");
  EXPECT_EQ(url.destination.port, 80);
  EXPECT_EQ(url.destination.authority, "b");
  EXPECT_EQ(url.target, "");
}

// Whatever is accepted goes into a request line and a Host header without a byte that could end
// them.
TEST(UrlTest, NoByteOutsideVisibleAsciiIsEverAccepted) {
  for (int byte = 0; byte < 256; ++byte) {
    if (byte > 0x20 && byte < 0x7f) continue;
    const auto c = static_cast<char>(byte);
    for (const std::string around : {"http://a|b/", "http://a/|", "http://a/?|", "http://a|",
                                     "http://[::1|]/", "http://a:8|0/", "http|://a"}) {
      std::string text = around;
      text[text.find('|')] = c;
      Url url;
      EXPECT_NE(ParseUrl(text, kMaxBytes, url), "") << byte << " in " << around;
    }
  }
}

}  // namespace
}  // namespace postern::http
