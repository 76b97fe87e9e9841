#include "http/chunked_decoder.h"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace postern::http {
namespace {

using Status = ChunkedDecoder::Status;

struct Outcome {
  Status status = Status::kMore;
  std::string body;
  std::string error;
  std::size_t used = 0;  // not compared where the body is broken

  friend bool operator==(const Outcome& a, const Outcome& b) {
    return a.status == b.status && a.body == b.body && a.error == b.error &&
           (a.status == Status::kFailed || a.used == b.used);
  }
  friend std::ostream& operator<<(std::ostream& out, const Outcome& o) {
    return out << static_cast<int>(o.status) << " '" << o.body << "' " << o.error << " " << o.used;
  }
};

core::ResponseLimits SmallLimits() {
  core::ResponseLimits limits;
  limits.max_header_bytes = 40;
  limits.max_headers = 3;
  limits.max_chunk_overhead = 10;
  return limits;
}

// Feeds the pieces as reads from a socket would bring them.
Outcome Decode(const std::vector<std::string_view>& pieces) {
  ChunkedDecoder decoder(SmallLimits(), 10, 1);
  Outcome outcome;
  for (std::string_view piece : pieces) {
    const std::size_t size = piece.size();
    while (!piece.empty() && decoder.status() == Status::kMore) {
      const std::size_t before = piece.size();
      outcome.body += decoder.Next(piece);
      EXPECT_LT(piece.size(), before) << "every call makes progress";
    }
    outcome.used += size - piece.size();
  }
  outcome.status = decoder.status();
  outcome.error = decoder.error();
  return outcome;
}

std::vector<std::string_view> Bytes(std::string_view text) {
  std::vector<std::string_view> bytes;
  for (std::size_t i = 0; i < text.size(); ++i) bytes.push_back(text.substr(i, 1));
  return bytes;
}

// The outcome of the whole, having made sure that any split has the same.
Outcome DecodeInEverySplit(std::string_view text) {
  const Outcome whole = Decode({text});
  EXPECT_EQ(Decode(Bytes(text)), whole) << text;
  for (std::size_t a = 0; a <= text.size(); ++a) {
    EXPECT_EQ(Decode({text.substr(0, a), text.substr(a)}), whole) << text << " at " << a;
    for (std::size_t b = a; b <= text.size(); ++b) {
      EXPECT_EQ(Decode({text.substr(0, a), text.substr(a, b - a), text.substr(b)}), whole)
          << text << " at " << a << ", " << b;
    }
  }
  return whole;
}

TEST(ChunkedDecoderTest, DecodesValidBodies) {
  const struct {
    std::string_view text;
    std::string_view body;
    std::size_t left;
  } cases[] = {
      {"0\r\n\r\n", "", 0},
      {"5\r\nhello\r\n0\r\n\r\n", "hello", 0},
      {"1\r\na\r\n2\r\nbc\r\n0\r\n\r\n", "abc", 0},
      {"A\r\n0123456789\r\n0\r\n\r\n", "0123456789", 0},
      {"a\r\n0123456789\r\n000\r\n\r\n", "0123456789", 0},
      {"00000005\r\nhello\r\n0\r\n\r\n", "hello", 0},
      {"2\r\n\r\n\r\n0\r\n\r\n", "\r\n", 0},
      {"5\r\n0\r\n\r\n\r\n0\r\n\r\n", "0\r\n\r\n", 0},
      {"1;a=b\r\nx\r\n0\r\n\r\n", "x", 0},
      {"1;\r\nx\r\n0;e\r\n\r\n", "x", 0},
      {"1;a=\"\t\xff\"\r\nx\r\n0\r\n\r\n", "x", 0},
      {"0\r\nA: b\r\n\r\n", "", 0},
      {"0\r\nA:\r\nB-c:  d \r\n\r\n", "", 0},
      {"1\r\nx\r\n0\r\n\r\nHTTP/1.1 200 OK", "x", 15},
      {"0\r\n\r\n\r\n", "", 2},
  };
  for (const auto& c : cases) {
    const Outcome outcome = DecodeInEverySplit(c.text);
    EXPECT_EQ(outcome.status, Status::kDone) << c.text;
    EXPECT_EQ(outcome.body, c.body) << c.text;
    EXPECT_EQ(outcome.used, c.text.size() - c.left) << c.text;
  }
}

TEST(ChunkedDecoderTest, RefusesWhatBreaksTheRules) {
  const std::string_view cases[] = {
      "\r\n",
      "\n0\r\n\r\n",
      " 5\r\nhello\r\n0\r\n\r\n",
      "5 \r\nhello\r\n0\r\n\r\n",
      "5\nhello\r\n0\r\n\r\n",
      "5\rhello",
      "5\r\r\nhello",
      "-1\r\n",
      "+1\r\nx\r\n0\r\n\r\n",
      "0x5\r\nhello\r\n0\r\n\r\n",
      "g\r\n",
      "5,\r\n",
      ";a\r\n",
      "1\r\nxy\r\n0\r\n\r\n",
      "1\r\nx0\r\n\r\n",
      "1\r\nx\n0\r\n\r\n",
      "1\r\nx\r0\r\n\r\n",
      "1\r\n\r\n0\r\n\r\n",
      "1;a\nx\r\n0\r\n\r\n",
      "1;a\rb\r\nx\r\n0\r\n\r\n",
      std::string_view("1;a\0\r\nx\r\n0\r\n\r\n", 15),
      "1;a\x7f\r\nx\r\n0\r\n\r\n",
      "0\r\n\n",
      "0\r\n\rx",
      "0\r\nA\r\n\r\n",
      "0\r\nA b: c\r\n\r\n",
      "0\r\nA : c\r\n\r\n",
      "0\r\n: c\r\n\r\n",
      "0\r\n b\r\n\r\n",
      "0\r\nA: b\r\n c\r\n\r\n",
      "0\r\nA: b\n\r\n",
      "0\r\nA: b\rc\r\n\r\n",
      std::string_view("0\r\nA: \0\r\n\r\n", 11),
      "HTTP/1.1 200 OK\r\n\r\n",
  };
  for (const std::string_view text : cases) {
    const Outcome outcome = DecodeInEverySplit(text);
    EXPECT_EQ(outcome.status, Status::kFailed) << text;
    EXPECT_FALSE(outcome.error.empty()) << text;
  }
}

TEST(ChunkedDecoderTest, AnUnfinishedBodyWantsMore) {
  const std::string_view text = "3;x\r\nabc\r\n0\r\nA: b\r\n\r\n";
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_EQ(DecodeInEverySplit(text.substr(0, size)).status, Status::kMore) << size;
  }
  EXPECT_EQ(DecodeInEverySplit(text).status, Status::kDone);
}

TEST(ChunkedDecoderTest, ASizeThatFitsNoIntegerIsRefused) {
  EXPECT_EQ(Decode({"ffffffffffffffff\r\nx"}).status, Status::kMore);
  EXPECT_EQ(Decode({"10000000000000000\r\nx"}).status, Status::kFailed);
  EXPECT_EQ(Decode({"fffffffffffffffff\r\nx"}).status, Status::kFailed);
}

TEST(ChunkedDecoderTest, ASizeOfEndlessZerosIsRefused) {
  EXPECT_EQ(Decode({std::string(100'000, '0')}).status, Status::kFailed);
}

TEST(ChunkedDecoderTest, TheLimitOnExtensionsIsExactAndOverAllChunks) {
  // The limit is 10: a chunk's extension counts its bytes after the semicolon, and the CR.
  EXPECT_EQ(DecodeInEverySplit("1;123456789\r\nx\r\n0\r\n\r\n").status, Status::kDone);
  EXPECT_EQ(DecodeInEverySplit("1;1234567890\r\nx\r\n0\r\n\r\n").status, Status::kFailed);
  EXPECT_EQ(DecodeInEverySplit("1;1234\r\nx\r\n1;1234\r\nx\r\n0\r\n\r\n").status, Status::kDone);
  EXPECT_EQ(DecodeInEverySplit("1;1234\r\nx\r\n0;12345\r\n\r\n").status, Status::kFailed);
}

TEST(ChunkedDecoderTest, TheLimitOnTrailerBytesIsExact) {
  // The limit is 40, of which the head has used 10; the last two bytes are the empty line's.
  const std::string fits = "0\r\nA: " + std::string(23, 'v') + "\r\n\r\n";
  EXPECT_EQ(DecodeInEverySplit(fits).status, Status::kDone);
  const Outcome over = DecodeInEverySplit("0\r\nA: " + std::string(24, 'v') + "\r\n\r\n");
  EXPECT_EQ(over.status, Status::kFailed);
  EXPECT_EQ(over.error, "trailers exceed the limit on header bytes");
  EXPECT_EQ(Decode({"0\r\nA: " + std::string(100, 'v')}).status, Status::kFailed) << "at once";
}

TEST(ChunkedDecoderTest, TheLimitOnTrailerFieldsIsExact) {
  // The limit is 3, of which the head has used 1.
  EXPECT_EQ(DecodeInEverySplit("0\r\nA:1\r\nB:2\r\n\r\n").status, Status::kDone);
  const Outcome over = DecodeInEverySplit("0\r\nA:1\r\nB:2\r\nC:3\r\n\r\n");
  EXPECT_EQ(over.status, Status::kFailed);
  EXPECT_EQ(over.error, "trailers exceed the limit on header fields");
}

TEST(ChunkedDecoderTest, NothingIsReadAfterTheEndOrAFailure) {
  ChunkedDecoder decoder(SmallLimits(), 0, 0);
  std::string_view done = "0\r\n\r\n5\r\nhello\r\n";
  EXPECT_EQ(decoder.Next(done), "");
  EXPECT_EQ(decoder.status(), Status::kDone);
  EXPECT_EQ(decoder.Next(done), "");
  EXPECT_EQ(done, "5\r\nhello\r\n");

  decoder = ChunkedDecoder(SmallLimits(), 0, 0);
  std::string_view broken = "x5\r\nhello\r\n";
  EXPECT_EQ(decoder.Next(broken), "");
  EXPECT_EQ(decoder.status(), Status::kFailed);
  EXPECT_EQ(decoder.Next(broken), "");
}

// Random texts from the coding's own alphabet: every split agrees, and what is accepted encodes
// again to a body of the same bytes.
TEST(ChunkedDecoderTest, RandomTextsHaveOneMeaningHoweverTheyArrive) {
  constexpr std::string_view kAlphabet = "0012a\r\n\r\n;:x";
  std::mt19937_64 random(11);
  int done = 0;
  for (int i = 0; i < 30'000; ++i) {
    std::string text;
    for (int n = std::uniform_int_distribution<int>(1, 4)(random); n > 0; --n) {
      static constexpr std::string_view kParts[] = {"1\r\nx\r\n", "2\r\nxy\r\n", "0\r\n", "\r\n",
                                                    ";e",         "A:b\r\n",     "1",     "\n"};
      text += kParts[std::uniform_int_distribution<std::size_t>(0, std::size(kParts) - 1)(random)];
    }
    if (std::uniform_int_distribution<int>(0, 3)(random) == 0) {
      text[std::uniform_int_distribution<std::size_t>(0, text.size() - 1)(random)] =
          kAlphabet[std::uniform_int_distribution<std::size_t>(0, kAlphabet.size() - 1)(random)];
    }
    const Outcome whole = Decode({text});
    ASSERT_EQ(Decode(Bytes(text)), whole) << testing::PrintToString(text);
    if (whole.status == Status::kDone) ++done;
  }
  EXPECT_GT(done, 100);
}

}  // namespace
}  // namespace postern::http
