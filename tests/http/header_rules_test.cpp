#include "http/header_rules.h"

#include <gtest/gtest.h>

namespace postern::http {
namespace {

TEST(HeaderRulesTest, OrdinaryHeadersMayBeSent) {
  const struct {
    std::string_view name;
    std::string_view value;
  } cases[] = {
      {"Accept", "*/*"},
      {"authorization", "Bearer x.y.z"},
      {"Cookie", "a=b; c=d"},
      {"Content-Type", "application/json; charset=\"utf-8\""},
      {"Content-Encoding", "gzip"},
      {"X-Empty", ""},
      {"X-Tab", "a\tb"},
      {"X-Bytes", "\x80\xff"},
      {"!#$%&'*+-.^_`|~09azAZ", "every kind of token character"},
      {"Upgrade-Insecure-Requests", "1"},
      {"Proxy", "no hyphen"},
      {"Hosts", "one letter more"},
      {"X-Content-Length", "5"},
      {"User-Agent", "other/1"},
      {"Idempotency-Key", "k"},
  };
  for (const auto& c : cases) EXPECT_EQ(CheckRequestHeader(c.name, c.value), "") << c.name;
}

TEST(HeaderRulesTest, FramingConnectionAndProxyHeadersBelongToTheGate) {
  for (const char* name :
       {"Host", "HOST", "host", "Content-Length", "content-length", "Transfer-Encoding",
        "TRANSFER-encoding", "Connection", "Keep-Alive", "Upgrade", "TE", "te", "Trailer", "Expect",
        "HTTP2-Settings", "Proxy-Authorization", "Proxy-Connection", "proxy-anything", "PROXY-"}) {
    EXPECT_EQ(CheckRequestHeader(name, "x"), "set by the gate, not by callers") << name;
  }
}

TEST(HeaderRulesTest, ANameIsAToken) {
  EXPECT_EQ(CheckRequestHeader("", "x"), "name is empty");
  for (int byte = 0; byte < 256; ++byte) {
    const auto c = static_cast<char>(byte);
    constexpr std::string_view kTokenMarks = "!#$%&'*+-.^_`|~";  // RFC 9110 section 5.6.2
    const bool token = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                       kTokenMarks.find(c) != std::string_view::npos;
    for (const std::string& name :
         {std::string("X") + c, c + std::string("X"), std::string(1, c)}) {
      EXPECT_EQ(CheckRequestHeader(name, "x").empty(), token) << byte;
    }
  }
}

TEST(HeaderRulesTest, AValueHasNoControlCharacterButTab) {
  for (int byte = 0; byte < 256; ++byte) {
    const bool control = (byte < 0x20 && byte != '\t') || byte == 0x7f;
    const std::string value = std::string("a") + static_cast<char>(byte) + "b";
    EXPECT_EQ(CheckRequestHeader("X", value),
              control ? "value has a control character such as CR, LF or NUL" : "")
        << byte;
  }
  EXPECT_NE(CheckRequestHeader("X", "a\r\nHost: b"), "");
  EXPECT_NE(CheckRequestHeader("X", "\n"), "");
}

// Outer white space would not survive the parser at the other end: what arrives would not be what
// was given, or signed.
TEST(HeaderRulesTest, AValueHasNoOuterWhiteSpace) {
  for (const char* value : {" ", "\t", " a", "a ", "\ta", "a\t", "  "}) {
    EXPECT_EQ(CheckRequestHeader("X", value), "value starts or ends with white space");
  }
  EXPECT_EQ(CheckRequestHeader("X", "a  b"), "");
}

TEST(MethodTest, AnyTokenOfBoundedLengthMayBeSent) {
  for (const char* method :
       {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "PROPFIND", "get", "X-Y"}) {
    EXPECT_EQ(CheckMethod(method, 32), "") << method;
  }
  EXPECT_EQ(CheckMethod(std::string(32, 'M'), 32), "");
  EXPECT_EQ(CheckMethod(std::string(33, 'M'), 32), "is longer than 32 bytes");
}

TEST(MethodTest, WhatIsNoTokenIsRefused) {
  for (const std::string_view method :
       {std::string_view(""), std::string_view("GET "), std::string_view(" GET"),
        std::string_view("GET /"), std::string_view("GET\r\n"), std::string_view("GET\0", 4),
        std::string_view("G\xc3\x89T"), std::string_view("GET\t"), std::string_view("GE:T")}) {
    EXPECT_EQ(CheckMethod(method, 32), "is not a token (RFC 9110 section 9.1)") << method;
  }
}

TEST(MethodTest, TunnelsAndTracesAreNotCarried) {
  for (const std::string method : {"CONNECT", "connect", "Connect", "TRACE", "trace"}) {
    EXPECT_EQ(CheckMethod(method, 32), method + " is not carried by the gate");
  }
}

}  // namespace
}  // namespace postern::http
