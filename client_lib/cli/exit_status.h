#ifndef POSTERN_CLI_EXIT_STATUS_H_
#define POSTERN_CLI_EXIT_STATUS_H_

namespace postern::cli {

// What the command tells the shell; where several hold, the one listed last wins. Documented in
// --help.
enum ExitStatus : int {
  kSuccess = 0,
  // Some items got no response, or with --fail one of 400 or above.
  kItemsFailed = 3,
  // Input lines could not be read as items. The others were run, unless --strict.
  kBadInput = 2,
  // The call to the gate failed: items have no result.
  kCallFailed = 4,
  // The results could not be written.
  kOutputFailed = 5,
  // The command line makes no sense: nothing was run.
  kUsage = 1,
  // Added to the number of the signal that ended the run, as shells do.
  kSignalBase = 128,
};

}  // namespace postern::cli

#endif  // POSTERN_CLI_EXIT_STATUS_H_
