#ifndef POSTERN_CLI_PROGRESS_LINE_H_
#define POSTERN_CLI_PROGRESS_LINE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "cli/style.h"

namespace postern::cli {

struct Progress {
  // Items with a result, and how many of them count as failed.
  std::uint64_t done = 0;
  std::uint64_t failed = 0;
  // Items in all: known, guessed from the part of the file read so far, or unknown.
  std::optional<std::uint64_t> total;
  absl::Duration elapsed;
};

// One line of at most width - 1 columns (a full row would wrap), without a line end: the counts,
// and where there is room failures, rate, time left and a bar. Empty where not even the counts fit.
std::string RenderProgress(const Progress& progress, int width, Color color);

}  // namespace postern::cli

#endif  // POSTERN_CLI_PROGRESS_LINE_H_
