#include "cli/item_source.h"

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

namespace postern::cli {
namespace {

using Event = ItemSource::Event;

class ItemLinesTest : public testing::Test {
 protected:
  ~ItemLinesTest() override { std::fclose(file_); }

  // The items of a file with this text, as "index:id", and what was said about its bad lines.
  void Read(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), file_);
    std::rewind(file_);
    ItemLines lines(fileno(file_), Item(), [this](std::uint64_t line, const std::string& reason) {
      bad_lines_.push_back(std::to_string(line) + ": " + reason);
    });
    Item item;
    std::uint64_t index = 0;
    while (lines.Next(&item, &index) == Event::kItem) {
      items_.push_back(std::to_string(index) + ":" + item.id());
      totals_.push_back(lines.total().value_or(0));
    }
    totals_.push_back(lines.total().value_or(0));
  }

  std::vector<std::string> items_;
  std::vector<std::string> bad_lines_;
  std::vector<std::uint64_t> totals_;

 private:
  std::FILE* file_ = std::tmpfile();
};

TEST_F(ItemLinesTest, BlankLinesCountForTheEditorAndNotForTheIndex) {
  Read("\n{\"id\":\"a\"}\r\n  \t\r\n{\"id\":\"b\"}\nnonsense\n{\"id\":\"c\"}");
  EXPECT_EQ(items_, (std::vector<std::string>{"0:a", "1:b", "3:c"}));
  ASSERT_EQ(bad_lines_.size(), 1);
  EXPECT_EQ(bad_lines_[0].substr(0, 12), "5: not JSON:");
}

TEST_F(ItemLinesTest, AByteOrderMarkIsNoTrouble) {
  Read("\xef\xbb\xbf{\"id\":\"a\"}\n");
  EXPECT_EQ(items_, std::vector<std::string>{"0:a"});
}

TEST_F(ItemLinesTest, TheTotalIsKnownAtTheEnd) {
  Read("{}\n{}\nbad\n");
  EXPECT_EQ(totals_.back(), 2);
}

TEST_F(ItemLinesTest, TheTotalIsGuessedFromThePartReadSoFar) {
  Read("{}\n{ }\n{}\n{}");
  EXPECT_EQ(totals_, (std::vector<std::uint64_t>{4, 3, 3, 4, 4}));
}

TEST(RepeatedItemTest, ComesAsOftenAsAsked) {
  Item item;
  item.set_id("x");
  RepeatedItem source(item, 2);
  EXPECT_EQ(source.total(), 2);
  Item given;
  std::uint64_t index = 7;
  EXPECT_EQ(source.Next(&given, &index), Event::kItem);
  EXPECT_EQ(index, 0);
  EXPECT_EQ(given.id(), "x");
  EXPECT_EQ(source.Next(&given, &index), Event::kItem);
  EXPECT_EQ(index, 1);
  EXPECT_EQ(source.Next(&given, &index), Event::kEnd);
}

}  // namespace
}  // namespace postern::cli
