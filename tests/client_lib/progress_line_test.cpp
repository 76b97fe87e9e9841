#include "cli/progress_line.h"

#include <string>

#include <gtest/gtest.h>

namespace postern::cli {
namespace {

// Columns that the text takes on the screen, without the colour codes.
std::size_t VisibleColumns(const std::string& text) {
  std::size_t columns = 0;
  bool in_code = false;
  for (const char c : text) {
    if (c == '\x1b') in_code = true;
    if (!in_code) ++columns;
    if (c == 'm') in_code = false;
  }
  return columns;
}

const Progress kHalfDone = {.done = 500, .failed = 20, .total = 1000, .elapsed = absl::Seconds(10)};

TEST(ProgressLineTest, ShowsBarCountsRateAndTimeLeft) {
  EXPECT_EQ(RenderProgress(kHalfDone, 80, Color::kOff),
            "[###################--------------------]  500/1000  20 failed  50/s  0:10 left");
}

TEST(ProgressLineTest, WideTerminalsGetABarOfLimitedLength) {
  const std::string line = RenderProgress(kHalfDone, 300, Color::kOff);
  EXPECT_EQ(line, "[" + std::string(30, '#') + std::string(30, '-') +
                      "]  500/1000  20 failed  50/s  0:10 left");
}

TEST(ProgressLineTest, NarrowTerminalsLoseTheLeastImportantPartsFirst) {
  EXPECT_EQ(RenderProgress(kHalfDone, 50, Color::kOff), "500/1000  20 failed  50/s  0:10 left");
  EXPECT_EQ(RenderProgress(kHalfDone, 30, Color::kOff), "500/1000  20 failed  50/s");
  EXPECT_EQ(RenderProgress(kHalfDone, 20, Color::kOff), "500/1000  20 failed");
  EXPECT_EQ(RenderProgress(kHalfDone, 12, Color::kOff), "500/1000");
  EXPECT_EQ(RenderProgress(kHalfDone, 8, Color::kOff), "");
}

TEST(ProgressLineTest, NeverTouchesTheLastColumn) {
  for (int width = 0; width <= 200; ++width) {
    for (const Color color : {Color::kOff, Color::kOn}) {
      const std::string line = RenderProgress(kHalfDone, width, color);
      EXPECT_LE(VisibleColumns(line), static_cast<std::size_t>(width > 1 ? width - 1 : 0)) << width;
      EXPECT_EQ(line.find('\n'), std::string::npos);
    }
  }
}

TEST(ProgressLineTest, ColourChangesNothingElse) {
  const std::string painted = RenderProgress(kHalfDone, 80, Color::kOn);
  EXPECT_EQ(VisibleColumns(painted), RenderProgress(kHalfDone, 80, Color::kOff).size());
  EXPECT_NE(painted.find("\x1b[31m  20 failed\x1b[0m"), std::string::npos);
}

TEST(ProgressLineTest, WithoutATotalThereIsNoBar) {
  EXPECT_EQ(
      RenderProgress({.done = 7, .failed = 0, .total = std::nullopt, .elapsed = absl::Seconds(2)},
                     80, Color::kOff),
      "7  4/s");
}

TEST(ProgressLineTest, TheFirstMomentTellsNoRate) {
  EXPECT_EQ(RenderProgress(
                {.done = 7, .failed = 0, .total = std::nullopt, .elapsed = absl::Milliseconds(499)},
                80, Color::kOff),
            "7");
}

TEST(ProgressLineTest, AGuessedTotalThatWasTooLowFillsTheBar) {
  EXPECT_EQ(RenderProgress({.done = 12, .failed = 0, .total = 10, .elapsed = absl::Seconds(1)}, 30,
                           Color::kOff),
            "[##############]  12/10  12/s");
}

TEST(ProgressLineTest, HoursAreWrittenOut) {
  EXPECT_EQ(RenderProgress({.done = 1, .failed = 0, .total = 3724, .elapsed = absl::Seconds(1)}, 40,
                           Color::kOff),
            "[----------]  1/3724  1/s  1:02:03 left");
}

}  // namespace
}  // namespace postern::cli
