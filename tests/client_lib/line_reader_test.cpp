#include "cli/line_reader.h"

#include <cerrno>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

namespace postern::cli {
namespace {

using Event = LineReader::Event;

// Returns the end to read from.
int OpenPipe(int (&ends)[2]) {
  EXPECT_EQ(pipe(ends), 0);
  return ends[0];
}

class LineReaderTest : public testing::Test {
 protected:
  ~LineReaderTest() override {
    close(ends_[0]);
    CloseInput();
  }

  void Write(std::string_view text) {
    EXPECT_EQ(write(ends_[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void CloseInput() {
    if (ends_[1] >= 0) close(ends_[1]);
    ends_[1] = -1;
  }
  void ExpectLine(std::string_view expected) {
    std::string_view line;
    EXPECT_EQ(reader().Next(&line), Event::kLine);
    EXPECT_EQ(line, expected);
  }
  void Expect(Event expected) {
    std::string_view line;
    EXPECT_EQ(reader().Next(&line), expected);
  }
  LineReader& reader() { return reader_; }
  int input() const { return ends_[1]; }

 private:
  int ends_[2] = {-1, -1};
  LineReader reader_{OpenPipe(ends_)};
};

TEST_F(LineReaderTest, GivesWholeLinesAsTheyArrive) {
  Expect(Event::kNothingYet);
  Write("one\ntw");
  ExpectLine("one");
  EXPECT_EQ(reader().bytes_taken(), 4);
  Expect(Event::kNothingYet);
  Write("o\n\nthree");
  ExpectLine("two");
  ExpectLine("");
  Expect(Event::kNothingYet);
  CloseInput();
  ExpectLine("three");
  Expect(Event::kEnd);
  Expect(Event::kEnd);
  EXPECT_EQ(reader().bytes_taken(), 14);
}

TEST_F(LineReaderTest, EmptyInputEndsAtOnce) {
  CloseInput();
  Expect(Event::kEnd);
}

TEST_F(LineReaderTest, ALineEndAtTheEndAddsNoLine) {
  Write("one\n");
  CloseInput();
  ExpectLine("one");
  Expect(Event::kEnd);
}

// Writes lines of so many bytes from another thread, since the pipe holds less, and returns the
// events up to the end.
std::string EventsOf(LineReader& reader, std::size_t first_line_bytes, std::string_view rest,
                     int input) {
  std::thread writer([=] {
    const std::string text = std::string(first_line_bytes, 'x') + std::string(rest);
    for (std::size_t done = 0; done < text.size();) {
      const ssize_t count = write(input, text.data() + done, text.size() - done);
      if (count <= 0) break;
      done += static_cast<std::size_t>(count);
    }
    close(input);
  });
  std::string events;
  std::string_view line;
  for (Event event = reader.Next(&line); event != Event::kEnd; event = reader.Next(&line)) {
    if (event == Event::kLine) events += "line " + std::to_string(line.size()) + ", ";
    if (event == Event::kTooLong) events += "too long, ";
  }
  writer.join();
  return events;
}

TEST_F(LineReaderTest, ALineOfTheLargestLengthIsRead) {
  const int writer_end = dup(input());
  CloseInput();
  EXPECT_EQ(EventsOf(reader(), LineReader::kMaxLineBytes, "\nabc", writer_end),
            "line 67108864, line 3, ");
}

TEST_F(LineReaderTest, ALineOverTheLargestLengthIsSkipped) {
  const int writer_end = dup(input());
  CloseInput();
  EXPECT_EQ(EventsOf(reader(), LineReader::kMaxLineBytes + 1, "\nabc\n", writer_end),
            "too long, line 3, ");
}

TEST_F(LineReaderTest, ALastLineOverTheLargestLengthIsSkippedToo) {
  const int writer_end = dup(input());
  CloseInput();
  EXPECT_EQ(EventsOf(reader(), 2 * LineReader::kMaxLineBytes, "", writer_end), "too long, ");
}

TEST(LineReaderErrorTest, ADirectoryCannotBeRead) {
  const int fd = open("/", O_RDONLY | O_DIRECTORY);
  LineReader reader(fd);
  std::string_view line;
  EXPECT_EQ(reader.Next(&line), Event::kError);
  EXPECT_EQ(reader.error(), EISDIR);
  close(fd);
}

}  // namespace
}  // namespace postern::cli
