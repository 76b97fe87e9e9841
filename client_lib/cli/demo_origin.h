#ifndef POSTERN_CLI_DEMO_ORIGIN_H_
#define POSTERN_CLI_DEMO_ORIGIN_H_

#include <string>

#include <CLI/CLI.hpp>

namespace postern::cli {

struct DemoOriginOptions {
  std::string listen = "127.0.0.1:8080";
  // PEM files; both empty: plain HTTP.
  std::string tls_cert;
  std::string tls_key;
};

// Describes `postern demo-origin`. options: filled in by parsing, must outlive the command.
void DescribeDemoOrigin(CLI::App* command, DemoOriginOptions* options);

// Serves until SIGINT or SIGTERM. Returns the exit status: 0, or 1 with one line on standard error
// where it cannot start.
int RunDemoOrigin(const DemoOriginOptions& options);

}  // namespace postern::cli

#endif  // POSTERN_CLI_DEMO_ORIGIN_H_
