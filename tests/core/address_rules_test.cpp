#include "core/address_rules.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace postern::core {
namespace {

IpAddress Address(std::string_view text) { return IpAddress::Parse(text).value(); }

std::vector<Cidr> Ranges(std::initializer_list<const char*> texts) {
  std::vector<Cidr> ranges;
  for (const char* text : texts) ranges.push_back(Cidr::Parse(text).value());
  return ranges;
}

// A range of the registries, and the nearest addresses outside; null where that neighbour is
// special, too.
struct SpecialRange {
  const char* before;
  const char* first;
  const char* last;
  const char* after;
  const char* name;
};

class SpecialRangeTest : public testing::TestWithParam<SpecialRange> {};

TEST_P(SpecialRangeTest, IsDeniedFromFirstToLastAndNoFurther) {
  const SpecialRange& range = GetParam();
  const AddressRules rules;
  EXPECT_EQ(rules.Denial(Address(range.first)), range.name);
  EXPECT_EQ(rules.Denial(Address(range.last)), range.name);
  for (const char* neighbour : {range.before, range.after}) {
    if (neighbour == nullptr) continue;
    EXPECT_EQ(rules.Denial(Address(neighbour)), "") << neighbour;
  }
}

// IANA IPv4 special-purpose address registry; RFC 5771 for multicast.
INSTANTIATE_TEST_SUITE_P(
    Ipv4, SpecialRangeTest,
    testing::Values(
        SpecialRange{nullptr, "0.0.0.0", "0.255.255.255", "1.0.0.0", "this network"},
        SpecialRange{"9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0", "private"},
        SpecialRange{"100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0",
                     "shared address space"},
        SpecialRange{"126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0", "loopback"},
        SpecialRange{"169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0",
                     "link-local"},
        SpecialRange{"172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0", "private"},
        SpecialRange{"191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0",
                     "IETF protocol assignments"},
        SpecialRange{"192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0", "documentation"},
        SpecialRange{"192.31.195.255", "192.31.196.0", "192.31.196.255", "192.31.197.0", "AS112"},
        SpecialRange{"192.52.192.255", "192.52.193.0", "192.52.193.255", "192.52.194.0", "AMT"},
        SpecialRange{"192.88.98.255", "192.88.99.0", "192.88.99.255", "192.88.100.0", "6to4 relay"},
        SpecialRange{"192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0", "private"},
        SpecialRange{"192.175.47.255", "192.175.48.0", "192.175.48.255", "192.175.49.0", "AS112"},
        SpecialRange{"198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0",
                     "benchmarking"},
        SpecialRange{"198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0",
                     "documentation"},
        SpecialRange{"203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0",
                     "documentation"},
        SpecialRange{"223.255.255.255", "224.0.0.0", "239.255.255.255", nullptr, "multicast"},
        SpecialRange{nullptr, "240.0.0.0", "255.255.255.255", nullptr, "reserved"}));

// IANA IPv6 special-purpose address registry; RFC 4291.
INSTANTIATE_TEST_SUITE_P(
    Ipv6, SpecialRangeTest,
    testing::Values(
        SpecialRange{nullptr, "::", "::", nullptr, "unspecified"},
        SpecialRange{nullptr, "::1", "::1", nullptr, "loopback"},
        SpecialRange{nullptr, "::2", "::ffff:ffff", nullptr, "IPv4-compatible"},
        SpecialRange{nullptr, "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", nullptr,
                     "local-use NAT64"},
        SpecialRange{nullptr, "100::", "100::ffff:ffff:ffff:ffff", nullptr, "discard-only"},
        SpecialRange{nullptr, "2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",
                     "2001:200::", "IETF protocol assignments"},
        SpecialRange{"2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8::",
                     "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::", "documentation"},
        SpecialRange{"2620:4f:7fff:ffff:ffff:ffff:ffff:ffff", "2620:4f:8000::",
                     "2620:4f:8000:ffff:ffff:ffff:ffff:ffff", "2620:4f:8001::", "AS112"},
        SpecialRange{"3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff::",
                     "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::", "documentation"},
        SpecialRange{nullptr, "5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff", nullptr,
                     "segment routing"},
        SpecialRange{nullptr, "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", nullptr,
                     "unique local"},
        SpecialRange{nullptr, "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", nullptr,
                     "link-local"},
        SpecialRange{nullptr, "fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", nullptr,
                     "site-local"},
        SpecialRange{nullptr, "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", nullptr,
                     "multicast"},
        SpecialRange{nullptr, "200::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                     "2000::", "not global unicast"},
        SpecialRange{"3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "4000::",
                     "5eff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", nullptr, "not global unicast"}));

TEST(AddressRulesTest, DeniesWhatIsKnownForHoldingSecrets) {
  const AddressRules rules;
  for (const char* text : {"169.254.169.254", "100.100.100.200", "fd00:ec2::254", "192.0.0.192",
                           "127.0.0.53", "0.0.0.0"}) {
    EXPECT_NE(rules.Denial(Address(text)), "") << text;
  }
}

TEST(AddressRulesTest, AllowsPublicUnicast) {
  const AddressRules rules;
  for (const char* text : {"1.1.1.1", "8.8.8.8", "93.184.216.34", "223.255.255.255",
                           "2606:4700:4700::1111", "2a00:1450::1", "2001:4860:4860::8888"}) {
    EXPECT_EQ(rules.Denial(Address(text)), "") << text;
  }
}

// Every IPv6 spelling of an IPv4 address is judged as that IPv4 address.
TEST(AddressRulesTest, LooksIntoEmbeddedAddresses) {
  const struct {
    const char* address;
    const char* denial;
  } cases[] = {
      {"::ffff:127.0.0.1", "loopback"},
      {"::ffff:169.254.169.254", "link-local"},
      {"::ffff:0.0.0.0", "this network"},
      {"::ffff:255.255.255.255", "reserved"},
      {"::ffff:8.8.8.8", ""},
      {"64:ff9b::10.0.0.1", "private"},
      {"64:ff9b::169.254.169.254", "link-local"},
      {"64:ff9b::8.8.8.8", ""},
      {"2002:7f00:1::", "loopback"},
      {"2002:a00:1::5", "private"},
      {"2002:a9fe:a9fe::1", "link-local"},
      {"2002:808:808::1", ""},
      {"::127.0.0.1", "IPv4-compatible"},
      {"::8.8.8.8", "IPv4-compatible"},
      {"::ffff:0:8.8.8.8", "not global unicast"},          // translated, RFC 7915
      {"64:ff9b:1::8.8.8.8", "local-use NAT64"},           // RFC 8215
      {"2001:0:808:808::1", "IETF protocol assignments"},  // Teredo, RFC 4380
      {"64:ff9b::1:808:808", "not global unicast"},        // just past the well-known prefix
  };
  const AddressRules rules;
  for (const auto& c : cases) EXPECT_EQ(rules.Denial(Address(c.address)), c.denial) << c.address;
}

TEST(AddressRulesTest, AnOpenedRangeIsOpenAndNothingBesides) {
  const AddressRules rules(Ranges({"127.0.0.0/8", "10.1.0.0/16", "fd00::/8"}));
  for (const char* text : {"127.0.0.1", "127.255.255.255", "10.1.0.0", "10.1.255.255",
                           "fd00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "8.8.8.8"}) {
    EXPECT_EQ(rules.Denial(Address(text)), "") << text;
  }
  for (const char* text : {"10.0.255.255", "10.2.0.0", "::1", "fc00::1", "169.254.169.254"}) {
    EXPECT_NE(rules.Denial(Address(text)), "") << text;
  }
}

TEST(AddressRulesTest, AnOpenedIpv4RangeIsOpenInItsEmbeddings) {
  const AddressRules rules(Ranges({"127.0.0.0/8"}));
  EXPECT_EQ(rules.Denial(Address("::ffff:127.0.0.1")), "");
  EXPECT_EQ(rules.Denial(Address("::ffff:10.0.0.1")), "private");
  EXPECT_EQ(rules.Denial(Address("::1")), "loopback");
}

TEST(AddressRulesTest, AnOpenedIpv6RangeOpensItsOwnAddressesOnly) {
  const AddressRules rules(Ranges({"::1/128"}));
  EXPECT_EQ(rules.Denial(Address("::1")), "");
  EXPECT_EQ(rules.Denial(Address("127.0.0.1")), "loopback");
  EXPECT_EQ(rules.Denial(Address("::ffff:127.0.0.1")), "loopback");
}

}  // namespace
}  // namespace postern::core
