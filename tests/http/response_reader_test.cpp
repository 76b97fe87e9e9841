#include "http/response_reader.h"

#include <gtest/gtest.h>

#include "response_feed.h"

namespace postern::http {
namespace {

struct Case {
  std::string bytes;
  std::string expected;
};

void ExpectAll(std::initializer_list<Case> cases, RequestKind kind = RequestKind::kOrdinary,
               std::optional<StreamEnd> end = std::nullopt) {
  for (const Case& c : cases) {
    EXPECT_EQ(ReadInManySplits({.bytes = c.bytes, .kind = kind, .end = end}), c.expected)
        << testing::PrintToString(c.bytes);
  }
}

TEST(ResponseReaderTest, ReadsABodyByItsLength) {
  ExpectAll({
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "200 keep hello"},
      {"HTTP/1.1 500 Oops\r\ncontent-length:5\r\n\r\nhello", "500 keep hello"},
      {"HTTP/1.1 200 OK\r\nContent-Length: \t5 \t\r\n\r\nhello", "200 keep hello"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 005\r\n\r\nhello", "200 keep hello"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "200 keep "},
      {"HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\n\r\n", "200 keep \r\n"},
      {"HTTP/1.1 999 ?\r\nContent-Length: 1\r\n\r\nx", "999 keep x"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", "more"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200", "200 keep hello +12"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n\r\n", "200 keep  +2"},
  });
}

TEST(ResponseReaderTest, ReadsAChunkedBody) {
  const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  ExpectAll({
      {head + "5\r\nhello\r\n0\r\n\r\n", "200 keep hello"},
      {head + "2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\nA: b\r\n\r\n", "200 keep hello"},
      {head + "0\r\n\r\n", "200 keep "},
      {head + "5\r\nhello\r\n0\r\n\r\nHTTP", "200 keep hello +4"},
      {head + "5\r\nhello\r\n0\r\n", "more"},
      {head + "5\r\nhello0\r\n\r\n", "BAD_RESPONSE answered"},
      {head + "x", "BAD_RESPONSE answered"},
      {"HTTP/1.1 200 OK\r\ntransfer-encoding:CHUNKED\r\n\r\n1\r\nx\r\n0\r\n\r\n", "200 keep x"},
  });
}

TEST(ResponseReaderTest, ABodyWithoutFramingEndsWithTheConnection) {
  const std::string head = "HTTP/1.1 200 OK\r\nA: b\r\n\r\n";
  ExpectAll({{head, "more"}, {head + "hello", "more"}});
  ExpectAll({{head, "200 close "},
             {head + "hello", "200 close hello"},
             {"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nhello", "200 close hello"}},
            RequestKind::kOrdinary, StreamEnd::kClean);
  ExpectAll({{head + "hello", "CONNECTION_LOST answered"}}, RequestKind::kOrdinary,
            StreamEnd::kTruncated);
}

TEST(ResponseReaderTest, SomeAnswersHaveNoBodyWhateverTheySay) {
  ExpectAll({
      {"HTTP/1.1 204 No Content\r\n\r\n", "204 keep "},
      {"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "304 keep "},
      {"HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n", "304 keep "},
      {"HTTP/1.1 204 No Content\r\n\r\nhello", "204 keep  +5"},
      {"HTTP/1.1 304 Not Modified\r\n\r\nhello", "304 keep  +5"},
      {"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", "204 close "},
      {"HTTP/1.1 205 Reset Content\r\nContent-Length: 1\r\n\r\nx", "205 keep x"},
  });
  ExpectAll(
      {
          {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "200 keep "},
          {"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", "200 keep "},
          {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "200 keep "},
          {"HTTP/1.1 200 OK\r\n\r\n", "200 keep "},
          {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "200 keep  +5"},
      },
      RequestKind::kHead);
}

// A 204 has no body and must not announce one (RFC 9110 section 8.6): where it does, the body may
// still be on its way.
TEST(ResponseReaderTest, A204ThatAnnouncesABodyIsNotReused) {
  ExpectAll({
      {"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", "204 keep "},
      {"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", "204 close "},
      {"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n", "204 close "},
  });
}

TEST(ResponseReaderTest, InformationalAnswersComeBeforeTheFinalOne) {
  const std::string last = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  ExpectAll({
      {"HTTP/1.1 100 Continue\r\n\r\n" + last, "200 keep ok"},
      {"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" + last,
       "200 keep ok"},
      {"HTTP/1.1 199 ?\r\n\r\n", "more"},
      {"HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\n" + last, "200 keep ok"},
      {"HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\nhello" + last, "BAD_RESPONSE"},
      {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n", "BAD_RESPONSE"},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 Switching\r\n\r\n", "BAD_RESPONSE"},
  });
  ExpectAll({{"HTTP/1.1 100 Continue\r\n\r\n", "CONNECTION_LOST"}}, RequestKind::kOrdinary,
            StreamEnd::kClean);
}

TEST(ResponseReaderTest, HeadersAreTheFinalOnesInOrder) {
  const core::ResponseLimits limits;
  ResponseReader reader(limits);
  core::Response response;
  reader.Start(RequestKind::kOrdinary, {core::BodyMode::kKeep, 100}, response);
  reader.Feed(
      "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
      "HTTP/1.1 200 OK\r\nB: 1\r\na:2\r\nB:  3 \t\r\nEmpty:\r\nBytes: \x80\xff\r\n"
      "Transfer-Encoding: chunked\r\n\r\n0\r\nTrailer-Field: x\r\n\r\n");
  ASSERT_EQ(reader.status(), ResponseReader::Status::kDone);
  std::string seen;
  response.headers.ForEach([&](std::string_view name, std::string_view value) {
    seen.append(name).append("=").append(value).append("|");
  });
  EXPECT_EQ(seen, "B=1|a=2|B=3|Empty=|Bytes=\x80\xff|Transfer-Encoding=chunked|");
}

TEST(ResponseReaderTest, TheConnectionIsKeptByVersionAndConnectionHeader) {
  const std::string rest = "Content-Length: 1\r\n\r\nx";
  ExpectAll({
      {"HTTP/1.1 200 OK\r\nConnection: close\r\n" + rest, "200 close x"},
      {"HTTP/1.1 200 OK\r\nConnection: CLOSE\r\n" + rest, "200 close x"},
      {"HTTP/1.1 200 OK\r\nConnection: a, close\r\n" + rest, "200 close x"},
      {"HTTP/1.1 200 OK\r\nConnection: a\r\nConnection: close\r\n" + rest, "200 close x"},
      {"HTTP/1.1 200 OK\r\nConnection: keep-alive, close\r\n" + rest, "200 close x"},
      {"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n" + rest, "200 keep x"},
      {"HTTP/1.1 200 OK\r\nConnection: closed\r\n" + rest, "200 keep x"},
      {"HTTP/1.0 200 OK\r\n" + rest, "200 close x"},
      {"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n" + rest, "200 keep x"},
      {"HTTP/1.0 200 OK\r\nConnection: close\r\n" + rest, "200 close x"},
  });
}

TEST(ResponseReaderTest, RefusesEveryOddContentLength) {
  for (const std::string value :
       {"", "+5", "-5", "-0", "5x", "5 5", "5,5", "5, 5", "5;", "0x5", "5.0", "5\xb2",
        "18446744073709551616", "99999999999999999999999"}) {
    ExpectAll({{"HTTP/1.1 200 OK\r\nContent-Length: " + value + "\r\n\r\nhello", "BAD_RESPONSE"}});
  }
}

TEST(ResponseReaderTest, RefusesEveryOddTransferEncoding) {
  for (const std::string value :
       {"", "identity", "gzip", "gzip, chunked", "chunked, gzip", "chunked, chunked", "xchunked",
        "chunkedx", "chunked;q=1", "chunked,", ",chunked", "\"chunked\"", "chun ked"}) {
    ExpectAll(
        {{"HTTP/1.1 200 OK\r\nTransfer-Encoding: " + value + "\r\n\r\n0\r\n\r\n", "BAD_RESPONSE"}});
  }
}

TEST(ResponseReaderTest, RefusesTwoAnswersToWhereTheBodyEnds) {
  const std::string start = "HTTP/1.1 200 OK\r\n";
  ExpectAll({
      {start + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", "BAD_RESPONSE"},
      {start + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", "BAD_RESPONSE"},
      {start + "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "BAD_RESPONSE"},
      {start + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", "BAD_RESPONSE"},
      {start + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       "BAD_RESPONSE"},
      {start + "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       "BAD_RESPONSE"},
      {"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "BAD_RESPONSE"},
  });
}

TEST(ResponseReaderTest, RefusesWhatIsNoStatusLine) {
  for (const std::string line : {"http/1.1 200 OK",     "HTTP/0.9 200 OK",  "HTTP/1.2 200 OK",
                                 "HTTP/2 200 OK",       "HTTP/2.0 200 OK",  "HTTP/11 200 OK",
                                 "HTTP/1.1\t200 OK",    "HTTP/1.1  200 OK", "HTTP/1.1 20 OK",
                                 "HTTP/1.1 2000 OK",    "HTTP/1.1 2x0 OK",  "HTTP/1.1 -20 OK",
                                 "HTTP/1.1 000 OK",     "HTTP/1.1 099 OK",  "HTTP/1.1",
                                 "HTTP/1.1 ",           "ICY 200 OK",       " HTTP/1.1 200 OK",
                                 "\r\nHTTP/1.1 200 OK", "GET / HTTP/1.1",   "HTTP/1.1 200 O\x01K",
                                 "HTTP/1.1 200 O\x7fK"}) {
    ExpectAll({{line + "\r\nContent-Length: 0\r\n\r\n", "BAD_RESPONSE"}});
  }
}

// A peer of another protocol is told at its first bytes, not when its silence has lasted too long.
TEST(ResponseReaderTest, RefusesAnotherProtocolAtOnce) {
  ExpectAll({
      {"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", "BAD_RESPONSE"},
      {"\x15\x03\x03", "BAD_RESPONSE"},
      {"<html>", "BAD_RESPONSE"},
      {"220 mail.example ESMTP\r\n", "BAD_RESPONSE"},
      {"HTTP/2", "BAD_RESPONSE"},
      {"HTTX", "BAD_RESPONSE"},
      {std::string(4, '\0'), "BAD_RESPONSE"},
      {"HTTP/1.", "more"},
  });
}

TEST(ResponseReaderTest, RefusesBareLineFeedsAtOnce) {
  ExpectAll({
      {"HTTP/1.1 200 OK\nContent-Length: 0\n\n", "BAD_RESPONSE"},
      {"HTTP/1.1 200 OK\n", "BAD_RESPONSE"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 0\n\r\n", "BAD_RESPONSE"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\n", "BAD_RESPONSE"},
  });
}

TEST(ResponseReaderTest, RefusesBrokenHeaderLines) {
  using namespace std::string_literals;
  for (const std::string& line : {"A"s,
                                  ": b"s,
                                  "A : b"s,
                                  " A: b"s,
                                  "A b: c"s,
                                  "A\t: b"s,
                                  "(A): b"s,
                                  "A\x80: b"s,
                                  "A: b\rc"s,
                                  "A: b\0c"s,
                                  "A\0: b"s,
                                  "A: \x01"s,
                                  "A: \x7f"s,
                                  "A: b\r\n c"s,
                                  "A: b\r\n\tc"s,
                                  "A:\r\n b"s,
                                  "Content-Length: 1\r\n 0"s,
                                  "Content-Length:\r\n 0"s,
                                  "Transfer-Encoding:\r\n chunked"s,
                                  "Content-Length : 0"s}) {
    ExpectAll({{"HTTP/1.1 200 OK\r\n" + line + "\r\n\r\n", "BAD_RESPONSE"}});
  }
}

TEST(ResponseReaderTest, AnEndAtAnyPositionIsALossUnlessAllWasThere) {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
  const std::string chunked_head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string interim = "HTTP/1.1 100 Continue\r\n\r\n";
  const struct {
    std::string bytes;
    std::size_t head;
  } cases[] = {{head + "hello", head.size()},
               {chunked_head + "5\r\nhello\r\n0\r\nA: b\r\n\r\n", chunked_head.size()},
               {interim + head + "hello", interim.size() + head.size()}};
  for (const auto& c : cases) {
    for (const StreamEnd end : {StreamEnd::kClean, StreamEnd::kTruncated}) {
      for (std::size_t size = 0; size < c.bytes.size(); ++size) {
        EXPECT_EQ(ReadInManySplits({.bytes = c.bytes.substr(0, size), .end = end}),
                  size < c.head ? "CONNECTION_LOST" : "CONNECTION_LOST answered")
            << size << " of " << testing::PrintToString(c.bytes);
      }
      EXPECT_EQ(ReadInManySplits({.bytes = c.bytes, .end = end}), "200 keep hello");
    }
  }
}

TEST(ResponseReaderTest, ALossSaysHowFarTheAnswerHadCome) {
  const core::ResponseLimits limits;
  const auto error = [&](std::string_view bytes, StreamEnd end) {
    ResponseReader reader(limits);
    core::Response response;
    reader.Start(RequestKind::kOrdinary, {core::BodyMode::kKeep, 100}, response);
    if (!bytes.empty()) reader.Feed(bytes);
    reader.FeedEnd(end);
    return reader.error();
  };
  EXPECT_EQ(error("", StreamEnd::kClean), "connection closed before the response");
  EXPECT_EQ(error("HTTP/1.1 2", StreamEnd::kClean), "connection closed within the response head");
  EXPECT_EQ(error("HTTP/1.1 200 OK\r\n\r\nx", StreamEnd::kTruncated),
            "TLS connection closed without close_notify within the response body");
}

TEST(ResponseReaderTest, ReadsOneAnswerAfterAnotherWithNothingOfTheLast) {
  const core::ResponseLimits limits;
  ResponseReader reader(limits);
  const auto read = [&](std::string_view bytes, RequestKind kind) {
    core::Response response;
    reader.Start(kind, {core::BodyMode::kKeep, 100}, response);
    EXPECT_FALSE(reader.head_complete());
    EXPECT_FALSE(reader.reusable());
    EXPECT_EQ(reader.Feed(bytes), bytes.size());
    EXPECT_EQ(reader.status(), ResponseReader::Status::kDone);
    return std::to_string(response.status) + " " + response.body + " " +
           std::to_string(response.headers.size()) + (reader.keep_alive_timeout() ? " timed" : "");
  };
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5\r\nContent-Length: 1\r\n\r\na",
                 RequestKind::kOrdinary),
            "200 a 2 timed");
  EXPECT_EQ(read("HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nb\r\n0\r\n\r\n",
                 RequestKind::kOrdinary),
            "201 b 1");
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", RequestKind::kHead), "200  1");
  EXPECT_EQ(read("HTTP/1.1 204 No Content\r\n\r\n", RequestKind::kOrdinary), "204  0");
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nc", RequestKind::kOrdinary),
            "200 c 1");
}

}  // namespace
}  // namespace postern::http
