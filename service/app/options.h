#ifndef POSTERN_APP_OPTIONS_H_
#define POSTERN_APP_OPTIONS_H_

#include <optional>
#include <string>
#include <vector>

#include "core/ip_address.h"
#include "core/settings.h"

namespace postern::app {

// Exit status for a flag that is wrong in itself.
inline constexpr int kUsageError = 2;

// What the command line says.
struct Options {
  std::vector<std::string> listeners;
  std::size_t shards = 0;
  std::vector<core::Cidr> allowed_cidrs;
  std::string ca_file;
  std::vector<core::Endpoint> dns_servers;
  core::Settings settings;
};

// Reads the command line. Empty where the program should end instead, with `exit_status`: help was
// asked for (0), or a flag is wrong (2; one line on stderr says which and why).
std::optional<Options> ParseOptions(int argc, const char* const* argv, int& exit_status);

}  // namespace postern::app

#endif  // POSTERN_APP_OPTIONS_H_
