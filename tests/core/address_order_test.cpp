#include "core/address_order.h"

#include <gtest/gtest.h>

namespace postern::core {
namespace {

std::vector<IpAddress> Addresses(std::initializer_list<const char*> texts) {
  std::vector<IpAddress> addresses;
  for (const char* text : texts) addresses.push_back(IpAddress::Parse(text).value());
  return addresses;
}

TEST(AddressOrderTest, FamiliesTakeTurnsIpv6First) {
  const auto given = Addresses({"1.0.0.1", "1.0.0.2", "2000::1", "1.0.0.3", "2000::2"});
  EXPECT_EQ(InterleaveFamilies(given, 16),
            Addresses({"2000::1", "1.0.0.1", "2000::2", "1.0.0.2", "1.0.0.3"}));
}

TEST(AddressOrderTest, OneFamilyKeepsItsOrder) {
  const auto v4 = Addresses({"1.0.0.3", "1.0.0.1", "1.0.0.2"});
  EXPECT_EQ(InterleaveFamilies(v4, 16), v4);
  const auto v6 = Addresses({"2000::3", "2000::1"});
  EXPECT_EQ(InterleaveFamilies(v6, 16), v6);
}

TEST(AddressOrderTest, TheLimitIsExactAndLeavesBothFamiliesAChance) {
  const auto given = Addresses({"2000::1", "2000::2", "2000::3", "1.0.0.1", "1.0.0.2"});
  EXPECT_EQ(InterleaveFamilies(given, 2), Addresses({"2000::1", "1.0.0.1"}));
  EXPECT_EQ(InterleaveFamilies(given, 3), Addresses({"2000::1", "1.0.0.1", "2000::2"}));
  EXPECT_EQ(InterleaveFamilies(given, 5).size(), 5u);
  EXPECT_TRUE(InterleaveFamilies(given, 0).empty());
  EXPECT_TRUE(InterleaveFamilies({}, 16).empty());
}

}  // namespace
}  // namespace postern::core
