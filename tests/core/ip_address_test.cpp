#include "core/ip_address.h"

#include <gtest/gtest.h>

namespace postern::core {
namespace {

TEST(IpAddressTest, ReadsAndWritesBothFamilies) {
  const struct {
    const char* text;
    IpAddress::Family family;
    const char* canonical;
  } cases[] = {
      {"0.0.0.0", IpAddress::Family::kV4, "0.0.0.0"},
      {"255.255.255.255", IpAddress::Family::kV4, "255.255.255.255"},
      {"192.0.2.1", IpAddress::Family::kV4, "192.0.2.1"},
      {"::", IpAddress::Family::kV6, "::"},
      {"::1", IpAddress::Family::kV6, "::1"},
      {"2001:DB8:0:0:0:0:0:1", IpAddress::Family::kV6, "2001:db8::1"},
      {"::ffff:192.0.2.1", IpAddress::Family::kV6, "::ffff:192.0.2.1"},
      {"1:2:3:4:5:6:7:8", IpAddress::Family::kV6, "1:2:3:4:5:6:7:8"},
  };
  for (const auto& c : cases) {
    const auto address = IpAddress::Parse(c.text);
    ASSERT_TRUE(address) << c.text;
    EXPECT_EQ(address->family, c.family) << c.text;
    EXPECT_EQ(address->ToString(), c.canonical);
    EXPECT_EQ(IpAddress::Parse(address->ToString()), address) << c.text;
  }
}

TEST(IpAddressTest, RefusesEveryOtherSpelling) {
  const std::string_view texts[] = {"",
                                    " ",
                                    "1",
                                    "1.2",
                                    "1.2.3",
                                    "1.2.3.4.5",
                                    "1.2.3.256",
                                    "1.2.3.4 ",
                                    " 1.2.3.4",
                                    "01.2.3.4",
                                    "0x7f.0.0.1",
                                    "1.2.3.-4",
                                    "1..3.4",
                                    "1.2.3.",
                                    "2130706433",
                                    "localhost",
                                    "[::1]",
                                    "::1%lo",
                                    "fe80::1%1",
                                    "::1/128",
                                    ":",
                                    ":::",
                                    "1:2:3:4:5:6:7",
                                    "1:2:3:4:5:6:7:8:9",
                                    "::12345",
                                    "::g",
                                    "1.2.3.4:80",
                                    "::ffff:1.2.3",
                                    std::string_view("1.2.3.4\0", 8),
                                    std::string_view("::1\0x", 5)};
  for (const std::string_view text : texts) EXPECT_FALSE(IpAddress::Parse(text)) << text;
}

TEST(IpAddressTest, TheFamiliesAreNeverEqual) {
  EXPECT_NE(IpAddress::Parse("0.0.0.0"), IpAddress::Parse("::"));
  EXPECT_NE(IpAddress::Parse("1.2.3.4"), IpAddress::Parse("::ffff:1.2.3.4"));
}

TEST(EndpointTest, PutsBracketsAroundIpv6) {
  EXPECT_EQ((Endpoint{*IpAddress::Parse("192.0.2.1"), 443}.ToString()), "192.0.2.1:443");
  EXPECT_EQ((Endpoint{*IpAddress::Parse("2001:db8::1"), 1}.ToString()), "[2001:db8::1]:1");
}

TEST(CidrTest, ReadsRangesAndSingleAddresses) {
  for (const char* text : {"0.0.0.0/0", "10.0.0.0/8", "10.1.2.0/23", "192.0.2.1/32", "::/0",
                           "fc00::/7", "2001:db8::/32", "::1/128"}) {
    const auto cidr = Cidr::Parse(text);
    ASSERT_TRUE(cidr) << text;
    EXPECT_EQ(cidr->ToString(), text);
  }
  EXPECT_EQ(Cidr::Parse("192.0.2.1")->ToString(), "192.0.2.1/32");
  EXPECT_EQ(Cidr::Parse("::1")->ToString(), "::1/128");
}

TEST(CidrTest, RefusesWhatHasNoOrTwoMeanings) {
  for (const char* text :
       {"", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8x",
        "10.0.0.0/ 8", "10.0.0.0/8/8", "10.0.0.0/99999999999", "10.0.0.0/255.0.0.0", "::/129",
        "10/8", "10.0.0.1/8", "10.0.0.1/31", "2001:db8::1/64", "fe80::/8", "name/8"}) {
    EXPECT_FALSE(Cidr::Parse(text)) << text;
  }
}

TEST(CidrTest, ContainsItsFirstAndLastAddressAndNotTheNeighbours) {
  const struct {
    const char* cidr;
    const char* before;
    const char* first;
    const char* last;
    const char* after;
  } cases[] = {
      {"10.0.0.0/8", "9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"},
      {"172.16.0.0/12", "172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0"},
      {"192.0.2.128/25", "192.0.2.127", "192.0.2.128", "192.0.2.255", "192.0.3.0"},
      {"192.0.2.7/32", "192.0.2.6", "192.0.2.7", "192.0.2.7", "192.0.2.8"},
      {"fe80::/10", "fe7f:ffff::", "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fec0::"},
      {"::1/128", "::", "::1", "::1", "::2"},
  };
  for (const auto& c : cases) {
    const Cidr cidr = Cidr::Parse(c.cidr).value();
    EXPECT_FALSE(cidr.Contains(*IpAddress::Parse(c.before))) << c.cidr;
    EXPECT_TRUE(cidr.Contains(*IpAddress::Parse(c.first))) << c.cidr;
    EXPECT_TRUE(cidr.Contains(*IpAddress::Parse(c.last))) << c.cidr;
    EXPECT_FALSE(cidr.Contains(*IpAddress::Parse(c.after))) << c.cidr;
  }
}

TEST(CidrTest, AnyRangeIsOfOneFamily) {
  EXPECT_TRUE(Cidr::Parse("0.0.0.0/0")->Contains(*IpAddress::Parse("255.255.255.255")));
  EXPECT_FALSE(Cidr::Parse("0.0.0.0/0")->Contains(*IpAddress::Parse("::")));
  EXPECT_FALSE(Cidr::Parse("::/0")->Contains(*IpAddress::Parse("0.0.0.0")));
}

}  // namespace
}  // namespace postern::core
