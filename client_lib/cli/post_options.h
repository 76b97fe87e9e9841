#ifndef POSTERN_CLI_POST_OPTIONS_H_
#define POSTERN_CLI_POST_OPTIONS_H_

#include <cstdint>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "absl/time/time.h"
#include "cli/style.h"
#include "postern/types.h"

namespace postern::cli {

struct PostOptions {
  // The one item to send, or where items are read: what they inherit.
  Item item;
  // A path, "-" for standard input, or empty: no items are read.
  std::string items_path;
  std::string target = "127.0.0.1:50051";
  // Bounds each call to the gate.
  std::optional<absl::Duration> rpc_timeout;
  // How often the one item is sent.
  std::uint64_t repeat = 1;
  // Items under way at the gate at once.
  std::uint64_t max_in_flight = 1000;
  // Run nothing unless every line is good.
  bool strict = false;
  // Statuses of 400 and above count as failed items.
  bool fail = false;
  bool quiet = false;
  bool no_progress = false;
  ColorChoice color = ColorChoice::kAuto;
};

// Describes `postern post`: options, and in the help their fields, exit statuses and examples.
// options: filled in by parsing, must outlive the command.
void DescribePost(CLI::App* command, PostOptions* options);

}  // namespace postern::cli

#endif  // POSTERN_CLI_POST_OPTIONS_H_
