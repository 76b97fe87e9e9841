#ifndef POSTERN_CLI_SUMMARY_H_
#define POSTERN_CLI_SUMMARY_H_

#include <string>

#include "absl/time/time.h"
#include "cli/style.h"
#include "cli/tally.h"

namespace postern::cli {

// What is told at the end of a run: whole lines, for people.
std::string RenderSummary(const Tally& tally, absl::Duration elapsed, Color color);

}  // namespace postern::cli

#endif  // POSTERN_CLI_SUMMARY_H_
