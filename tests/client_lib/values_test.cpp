#include "cli/values.h"

#include <cstdint>
#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace postern::cli {
namespace {

TEST(DurationTest, ReadsSecondsAndUnits) {
  EXPECT_EQ(*ParseDuration("2"), absl::Seconds(2));
  EXPECT_EQ(*ParseDuration("0.25"), absl::Milliseconds(250));
  EXPECT_EQ(*ParseDuration("250ms"), absl::Milliseconds(250));
  EXPECT_EQ(*ParseDuration("1.5s"), absl::Milliseconds(1500));
  EXPECT_EQ(*ParseDuration("1m30s"), absl::Seconds(90));
  EXPECT_EQ(*ParseDuration("100us"), absl::Microseconds(100));
  EXPECT_EQ(*ParseDuration("0"), absl::ZeroDuration());
  EXPECT_EQ(*ParseDuration("87600h"), absl::Hours(87600));
}

TEST(DurationTest, RefusesWhatIsNone) {
  for (const char* text :
       {"", " ", "s", "2 s", "2x", "ten", "-1", "-1s", "nan", "inf", "1e300", "87601h", "2s3"}) {
    EXPECT_FALSE(ParseDuration(text).ok()) << text;
  }
}

TEST(DurationTest, TurnsIntoTheContractsForm) {
  const google::protobuf::Duration proto = ToProto(absl::Milliseconds(1250));
  EXPECT_EQ(proto.seconds(), 1);
  EXPECT_EQ(proto.nanos(), 250'000'000);
}

TEST(SizeTest, ReadsBytesAndUnits) {
  EXPECT_EQ(*ParseSize("0"), 0);
  EXPECT_EQ(*ParseSize("4096"), 4096);
  EXPECT_EQ(*ParseSize("4096b"), 4096);
  EXPECT_EQ(*ParseSize("64k"), 65536);
  EXPECT_EQ(*ParseSize("1MiB"), 1 << 20);
  EXPECT_EQ(*ParseSize("2GB"), std::uint64_t{2} << 30);
  EXPECT_EQ(*ParseSize("18446744073709551615"), std::numeric_limits<std::uint64_t>::max());
}

TEST(SizeTest, RefusesWhatIsNone) {
  for (const char* text :
       {"", "k", "-1", "1.5k", "1t", "1 k", "18446744073709551616", "18446744073709551615k"}) {
    EXPECT_FALSE(ParseSize(text).ok()) << text;
  }
}

TEST(HeaderTest, SplitsAtTheFirstColon) {
  const Header header = *ParseHeader("X-Time:  12:30\t");
  EXPECT_EQ(header.name(), "X-Time");
  EXPECT_EQ(header.value(), "12:30");
  EXPECT_EQ(ParseHeader("X-Empty:")->value(), "");
}

TEST(HeaderTest, NeedsANameAndAColon) {
  EXPECT_FALSE(ParseHeader("").ok());
  EXPECT_FALSE(ParseHeader("X-Time").ok());
  EXPECT_FALSE(ParseHeader(": 12").ok());
}

TEST(Utf8Test, AcceptsWhatRfc3629Allows) {
  for (const char* text :
       {"", "plain", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
        "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "a\xc3\xa9z"}) {
    EXPECT_TRUE(IsUtf8(text)) << text;
  }
  EXPECT_TRUE(IsUtf8(std::string(1, '\0')));
}

TEST(Utf8Test, RefusesTheRest) {
  // In turn: a lone continuation, overlong forms, a surrogate, over U+10FFFF, bytes that never
  // occur, cut sequences.
  for (const char* text :
       {"\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\xed\xa0\x80",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc3", "\xe2\x82", "\xf0\x9f\x98",
        "\xe2\x28\xa1", "\xe2\x82\x28", "ok\xf0\x28\x8c\xbc"}) {
    EXPECT_FALSE(IsUtf8(text)) << text;
  }
}

}  // namespace
}  // namespace postern::cli
