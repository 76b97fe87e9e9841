#include "net/read_buffer.h"

#include <cstring>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace postern::net {
namespace {

void Write(ReadBuffer& buffer, std::string_view text) {
  std::size_t space = 0;
  char* const free = buffer.Prepare(space);
  ASSERT_GE(space, text.size());
  std::memcpy(free, text.data(), text.size());
  buffer.Commit(text.size());
}

TEST(ReadBufferTest, IsEmptyAtFirstAndAfterAllWasUsed) {
  ReadBuffer buffer;
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(buffer.data(), "");
  Write(buffer, "abc");
  EXPECT_FALSE(buffer.empty());
  buffer.Consume(3);
  EXPECT_TRUE(buffer.empty());
}

TEST(ReadBufferTest, KeepsWhatIsNotUsed) {
  ReadBuffer buffer;
  Write(buffer, "abcdef");
  buffer.Consume(2);
  EXPECT_EQ(buffer.data(), "cdef");
  Write(buffer, "ghi");
  EXPECT_EQ(buffer.data(), "cdefghi");
}

TEST(ReadBufferTest, GrowsForALongHeadAndShrinksWhenItIsGone) {
  ReadBuffer buffer;
  std::string expected;
  while (expected.size() < 100'000) {
    const std::string piece(ReadBuffer::kInitialBytes / 2,
                            static_cast<char>('a' + expected.size() % 26));
    ASSERT_NO_FATAL_FAILURE(Write(buffer, piece));
    expected += piece;
  }
  EXPECT_EQ(buffer.data(), expected);
  buffer.Consume(expected.size());
  std::size_t space = 0;
  buffer.Prepare(space);
  EXPECT_EQ(space, ReadBuffer::kInitialBytes) << "a connection gives a huge head's memory back";
}

TEST(ReadBufferTest, AgreesWithAStringOverManySteps) {
  std::mt19937_64 random(3);
  const auto pick = [&](std::size_t most) {
    return std::uniform_int_distribution<std::size_t>(0, most)(random);
  };
  ReadBuffer buffer;
  std::string expected;
  for (int i = 0; i < 20'000; ++i) {
    std::size_t space = 0;
    char* const free = buffer.Prepare(space);
    ASSERT_GE(space, ReadBuffer::kInitialBytes / 2);
    const std::size_t bytes = pick(std::min<std::size_t>(space, 3000));
    for (std::size_t b = 0; b < bytes; ++b) free[b] = static_cast<char>(pick(255));
    expected.append(free, bytes);
    buffer.Commit(bytes);
    const std::size_t used = pick(3) == 0 ? expected.size() : pick(expected.size());
    buffer.Consume(used);
    expected.erase(0, used);
    ASSERT_EQ(buffer.data(), expected);
    ASSERT_EQ(buffer.empty(), expected.empty());
  }
}

}  // namespace
}  // namespace postern::net
