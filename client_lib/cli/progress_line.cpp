#include "cli/progress_line.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace postern::cli {
namespace {

constexpr std::size_t kMinBarColumns = 10;
constexpr std::size_t kMaxBarColumns = 60;
// Around the bar: two blanks, two brackets.
constexpr std::size_t kBarFrameColumns = 4;
constexpr absl::Duration kMinElapsedForRate = absl::Milliseconds(500);

// Adds the part where it fits.
void Append(const std::string& part, std::size_t columns, std::string& line) {
  if (line.size() + part.size() <= columns) line += part;
}

// "3:07", "1:02:03"
std::string Clock(double seconds) {
  const auto whole = static_cast<std::uint64_t>(seconds);
  if (whole >= 3600)
    return absl::StrFormat("%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60);
  return absl::StrFormat("%d:%02d", whole / 60, whole % 60);
}

}  // namespace

std::string RenderProgress(const Progress& progress, int width, Color color) {
  const std::size_t columns = width > 1 ? static_cast<std::size_t>(width) - 1 : 0;
  std::string line = absl::StrCat(progress.done);
  if (progress.total.has_value()) absl::StrAppend(&line, "/", *progress.total);
  if (line.size() > columns) return "";

  // Most important first; what does not fit is left out.
  const std::size_t counts_end = line.size();
  if (progress.failed > 0) Append(absl::StrCat("  ", progress.failed, " failed"), columns, line);
  const std::size_t failed_end = line.size();
  if (progress.elapsed >= kMinElapsedForRate && progress.done > 0) {
    const double rate =
        static_cast<double>(progress.done) / absl::ToDoubleSeconds(progress.elapsed);
    Append(absl::StrFormat("  %.0f/s", rate), columns, line);
    if (progress.total.has_value() && *progress.total > progress.done) {
      const double left = static_cast<double>(*progress.total - progress.done) / rate;
      Append(absl::StrCat("  ", Clock(left), " left"), columns, line);
    }
  }
  const std::string failed =
      Paint(line.substr(counts_end, failed_end - counts_end), Tone::kBad, color);
  const std::size_t text_columns = line.size();
  line = absl::StrCat(line.substr(0, counts_end), failed_end > counts_end ? failed : "",
                      line.substr(failed_end));

  if (!progress.total.has_value() || *progress.total == 0 ||
      text_columns + kBarFrameColumns + kMinBarColumns > columns) {
    return line;
  }
  const std::size_t bar = std::min(columns - text_columns - kBarFrameColumns, kMaxBarColumns);
  const double part =
      std::min(1.0, static_cast<double>(progress.done) / static_cast<double>(*progress.total));
  const auto filled = static_cast<std::size_t>(part * static_cast<double>(bar));
  return absl::StrCat("[", Paint(std::string(filled, '#'), Tone::kGood, color),
                      std::string(bar - filled, '-'), "]  ", line);
}

}  // namespace postern::cli
