#include "core/result.h"

#include <utility>

#include <gtest/gtest.h>

namespace postern::core {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

Fields FieldsOf(const HeaderList& list) {
  Fields fields;
  list.ForEach(
      [&](std::string_view name, std::string_view value) { fields.emplace_back(name, value); });
  return fields;
}

TEST(HeaderListTest, KeepsFieldsApartAndInOrder) {
  HeaderList list;
  EXPECT_EQ(list.size(), 0u);
  const Fields fields = {{"Set-Cookie", "a=1"},
                         {"set-cookie", "b=2"},
                         {"Set-Cookie", "a=1"},
                         {"Empty", ""},
                         {"Bytes", std::string("\x80\xff\0x", 4)},
                         {"Long", std::string(70'000, 'v')}};
  for (const auto& [name, value] : fields) list.Add(name, value);
  EXPECT_EQ(list.size(), fields.size());
  EXPECT_EQ(FieldsOf(list), fields);
}

TEST(HeaderListTest, ClearedHasNothingOfBefore) {
  HeaderList list;
  list.Add("Link", "</style.css>");
  list.Clear();
  EXPECT_EQ(list.size(), 0u);
  list.Add("Date", "now");
  EXPECT_EQ(FieldsOf(list), (Fields{{"Date", "now"}}));
}

}  // namespace
}  // namespace postern::core
