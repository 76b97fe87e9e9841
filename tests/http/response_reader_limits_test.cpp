// ResponseReader against answers that are too large, and bodies by each mode.
#include <gtest/gtest.h>

#include "http/response_reader.h"
#include "response_feed.h"

namespace postern::http {
namespace {

using core::BodyMode;

std::string Repeat(std::string_view text, std::size_t times) {
  std::string repeated;
  for (std::size_t i = 0; i < times; ++i) repeated += text;
  return repeated;
}

// A head of exactly so many bytes, for a body of 0 bytes.
std::string HeadOfSize(std::size_t bytes) {
  const std::string start = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nA: ";
  return start + std::string(bytes - start.size() - 4, 'a') + "\r\n\r\n";
}

TEST(ResponseLimitsTest, TheLimitOnHeaderBytesIsExact) {
  core::ResponseLimits limits;
  limits.max_header_bytes = 500;
  EXPECT_EQ(ReadInManySplits({.bytes = HeadOfSize(500), .limits = limits}), "200 keep ");
  EXPECT_EQ(ReadInManySplits({.bytes = HeadOfSize(501), .limits = limits}), "BAD_RESPONSE");
}

TEST(ResponseLimitsTest, AHeadWithoutEndIsRefusedAtTheLimit) {
  core::ResponseLimits limits;
  limits.max_header_bytes = 500;
  const std::string line = "HTTP/1.1 200 OK\r\nA: ";
  const std::string fits = line + std::string(500 - line.size(), 'a');
  EXPECT_EQ(ReadInManySplits({.bytes = fits, .limits = limits}), "more");
  EXPECT_EQ(ReadInManySplits({.bytes = fits + "a", .limits = limits}), "BAD_RESPONSE");
  const std::string no_status = "HTTP/1.1 200 " + std::string(500, 'a');
  EXPECT_EQ(ReadInManySplits({.bytes = no_status, .limits = limits}), "BAD_RESPONSE");
}

TEST(ResponseLimitsTest, BodyBytesInTheSamePieceDoNotCountAsHeader) {
  core::ResponseLimits limits;
  limits.max_header_bytes = 100;
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n";
  const std::string body(900, 'b');
  EXPECT_EQ(ReadInManySplits({.bytes = head + body, .limits = limits}), "200 keep " + body);
}

TEST(ResponseLimitsTest, InformationalHeadsCountTowardsTheHeaderBytes) {
  core::ResponseLimits limits;
  limits.max_header_bytes = 500;
  const std::string interim = "HTTP/1.1 100 Continue\r\n\r\n";
  const std::string rest = HeadOfSize(500 - interim.size());
  EXPECT_EQ(ReadInManySplits({.bytes = interim + rest, .limits = limits}), "200 keep ");
  const std::string one_more = HeadOfSize(501 - interim.size());
  EXPECT_EQ(ReadInManySplits({.bytes = interim + one_more, .limits = limits}), "BAD_RESPONSE");
}

TEST(ResponseLimitsTest, TrailersCountTowardsTheHeaderBytes) {
  core::ResponseLimits limits;
  limits.max_header_bytes = 100;
  const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  // The trailer section, its empty line included, has what the head left over.
  const auto answer = [&](std::size_t trailers) {
    return head + "0\r\nA: " + std::string(trailers - 7, 'a') + "\r\n\r\n";
  };
  EXPECT_EQ(ReadInManySplits({.bytes = answer(100 - head.size()), .limits = limits}), "200 keep ");
  EXPECT_EQ(ReadInManySplits({.bytes = answer(101 - head.size()), .limits = limits}),
            "BAD_RESPONSE answered");
}

TEST(ResponseLimitsTest, TheLimitOnHeaderFieldsIsExactTrailersIncluded) {
  core::ResponseLimits limits;
  limits.max_headers = 10;
  const auto answer = [](std::size_t headers, std::size_t trailers) {
    return "HTTP/1.1 200 OK\r\n" + Repeat("A: b\r\n", headers - 1) +
           "Transfer-Encoding: chunked\r\n\r\n0\r\n" + Repeat("A: b\r\n", trailers) + "\r\n";
  };
  EXPECT_EQ(ReadInManySplits({.bytes = answer(10, 0), .limits = limits}), "200 keep ");
  EXPECT_EQ(ReadInManySplits({.bytes = answer(11, 0), .limits = limits}), "BAD_RESPONSE");
  EXPECT_EQ(ReadInManySplits({.bytes = answer(6, 4), .limits = limits}), "200 keep ");
  EXPECT_EQ(ReadInManySplits({.bytes = answer(6, 5), .limits = limits}), "BAD_RESPONSE answered");
}

TEST(ResponseLimitsTest, TheLimitOnInformationalAnswersIsExact) {
  core::ResponseLimits limits;
  limits.max_informational = 3;
  const std::string interim = "HTTP/1.1 102 Processing\r\n\r\n";
  const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  EXPECT_EQ(ReadInManySplits({.bytes = Repeat(interim, 3) + answer, .limits = limits}),
            "200 keep ");
  EXPECT_EQ(ReadInManySplits({.bytes = Repeat(interim, 4), .limits = limits}), "BAD_RESPONSE");
}

TEST(ResponseLimitsTest, TheDefaultsHoldAgainstHugeHeads) {
  const core::ResponseLimits limits;
  const std::string start = "HTTP/1.1 200 OK\r\n";
  const auto read = [](const std::string& bytes) { return Read({.bytes = bytes}, {bytes}); };
  EXPECT_EQ(read(start + Repeat("A: b\r\n", 1'000'000)), "BAD_RESPONSE");
  EXPECT_EQ(read(start + "A: " + std::string(10'000'000, 'a')), "BAD_RESPONSE");
  EXPECT_EQ(read(start + std::string(10'000'000, 'A')), "BAD_RESPONSE");
  EXPECT_EQ(read(Repeat("HTTP/1.1 100 Continue\r\n\r\n", 100'000)), "BAD_RESPONSE");
}

// Beast's own containers throw at 65,534 bytes; we never build one.
TEST(ResponseLimitsTest, AFieldMayBeAsLongAsTheLimitAllows) {
  core::ResponseLimits limits;
  limits.max_header_bytes = 300'000;
  const std::string name(100'000, 'n');
  const std::string bytes = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + name + ": " +
                            std::string(100'000, 'v') + "\r\n\r\n";
  EXPECT_EQ(Read({.bytes = bytes, .limits = limits}, {bytes}), "200 keep ");
}

// The bodies of 10 bytes below, in each framing.
const std::string kByLength = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789";
const std::string kChunked =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    "4\r\n0123\r\n6\r\n456789\r\n0\r\n\r\n";
const std::string kUntilEnd = "HTTP/1.1 200 OK\r\n\r\n0123456789";

std::string ReadBody(const std::string& bytes, BodyMode mode, std::uint64_t max_bytes) {
  return ReadInManySplits({.bytes = bytes, .rule = {mode, max_bytes}, .end = StreamEnd::kClean});
}

TEST(ResponseBodyTest, KeepFailsAtOneByteOverTheLimit) {
  EXPECT_EQ(ReadBody(kByLength, BodyMode::kKeep, 10), "200 keep 0123456789");
  EXPECT_EQ(ReadBody(kChunked, BodyMode::kKeep, 10), "200 keep 0123456789");
  EXPECT_EQ(ReadBody(kUntilEnd, BodyMode::kKeep, 10), "200 close 0123456789");
  for (const std::string& bytes : {kByLength, kChunked, kUntilEnd}) {
    EXPECT_EQ(ReadBody(bytes, BodyMode::kKeep, 9), "RESPONSE_TOO_LARGE answered");
    EXPECT_EQ(ReadBody(bytes, BodyMode::kKeep, 1), "RESPONSE_TOO_LARGE answered");
  }
}

TEST(ResponseBodyTest, ALengthOverTheLimitFailsBeforeTheBodyComes) {
  for (const char* length : {"1001", "18446744073709551615"}) {
    const std::string head =
        "HTTP/1.1 200 OK\r\nContent-Length: " + std::string(length) + "\r\n\r\n";
    EXPECT_EQ(ReadInManySplits({.bytes = head}), "RESPONSE_TOO_LARGE answered");
  }
}

TEST(ResponseBodyTest, TruncateReturnsWhatFitsAndSaysSo) {
  EXPECT_EQ(ReadBody(kByLength, BodyMode::kTruncate, 10), "200 keep 0123456789");
  EXPECT_EQ(ReadBody(kChunked, BodyMode::kTruncate, 10), "200 keep 0123456789");
  EXPECT_EQ(ReadBody(kUntilEnd, BodyMode::kTruncate, 10), "200 close 0123456789");
  EXPECT_EQ(ReadBody(kByLength, BodyMode::kTruncate, 9), "200 keep 012345678...");
  EXPECT_EQ(ReadBody(kByLength, BodyMode::kTruncate, 1), "200 keep 0...");
  // Where the rest has no known length it is not waited for.
  for (std::uint64_t max_bytes = 1; max_bytes < 10; ++max_bytes) {
    const std::string kept = std::string("0123456789").substr(0, max_bytes);
    for (const std::string& bytes : {kChunked, kUntilEnd}) {
      const std::string outcome =
          Read({.bytes = bytes, .rule = {BodyMode::kTruncate, max_bytes}}, {bytes});
      EXPECT_TRUE(outcome.starts_with("200 close " + kept + "...")) << outcome;
    }
  }
}

TEST(ResponseBodyTest, TheRestOfATruncatedBodyIsReadOnlyWhereItIsShort) {
  core::ResponseLimits limits;
  limits.max_drain_bytes = 5;
  const auto after = [&](std::string_view received) {
    const std::string bytes =
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n" + std::string(received);
    return Read({.bytes = bytes, .rule = {BodyMode::kTruncate, 2}, .limits = limits}, {bytes});
  };
  EXPECT_EQ(after("01"), "more") << "nothing is cut yet";
  EXPECT_EQ(after("012"), "200 close 01...") << "7 bytes to come are not worth the wait";
  EXPECT_EQ(after("01234"), "more") << "5 bytes to come are";
  EXPECT_EQ(after("0123456789"), "200 keep 01...");
}

TEST(ResponseBodyTest, DiscardReadsUpToTheLimitAndReturnsNothing) {
  EXPECT_EQ(ReadBody(kByLength, BodyMode::kDiscard, 10), "200 keep ");
  EXPECT_EQ(ReadBody(kChunked, BodyMode::kDiscard, 10), "200 keep ");
  EXPECT_EQ(ReadBody(kUntilEnd, BodyMode::kDiscard, 10), "200 close ");
  for (const std::string& bytes : {kByLength, kChunked, kUntilEnd}) {
    EXPECT_EQ(ReadBody(bytes, BodyMode::kDiscard, 9), "RESPONSE_TOO_LARGE answered");
  }
}

TEST(ResponseBodyTest, AStatedLengthReservesNoMoreThanAModestBlock) {
  const core::ResponseLimits limits;
  ResponseReader reader(limits);
  core::Response response;
  constexpr std::uint64_t kLength = 64 * 1024 * 1024;
  reader.Start(RequestKind::kOrdinary, {BodyMode::kKeep, kLength}, response);
  reader.Feed("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kLength) + "\r\n\r\nx");
  EXPECT_EQ(reader.status(), ResponseReader::Status::kMore);
  EXPECT_LE(response.body.capacity(), 128u * 1024u);
}

}  // namespace
}  // namespace postern::http
