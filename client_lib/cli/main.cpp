#include <exception>
#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "cli/demo_origin.h"
#include "cli/exit_status.h"
#include "cli/help_formatter.h"
#include "cli/post_command.h"
#include "cli/post_options.h"

namespace {

using postern::cli::DemoOriginOptions;
using postern::cli::PostOptions;

constexpr const char* kDescription =
    "Sends HTTP requests to external APIs through postern, the egress gate (posternd).";
constexpr const char* kFooter =
    "Try the gate offline:\n"
    "  posternd --allow-cidr 127.0.0.0/8 &\n"
    "  postern demo-origin &\n"
    "  postern post http://127.0.0.1:8080/echo -d hello";

int UsageError(const CLI::App& app, const CLI::ParseError& error) {
  std::string command = "postern";
  for (const CLI::App* subcommand : app.get_subcommands()) command += " " + subcommand->get_name();
  std::cerr << command << ": " << error.what() << "\nTry '" << command << " --help'.\n";
  return postern::cli::kUsage;
}

int Run(int argc, char** argv) {
  CLI::App app(kDescription, "postern");
  app.formatter(std::make_shared<postern::cli::HelpFormatter>());
  app.set_version_flag("--version", std::string("postern ") + POSTERN_VERSION,
                       "Print the version and exit");
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.footer(kFooter);
  app.require_subcommand(1);

  PostOptions post_options;
  CLI::App* post =
      app.add_subcommand("post", "Send requests, and print a result for each as it finishes");
  DescribePost(post, &post_options);

  DemoOriginOptions origin_options;
  CLI::App* demo_origin = app.add_subcommand(
      "demo-origin", "Serve an HTTP origin to try things on: echoes, delays, failures");
  DescribeDemoOrigin(demo_origin, &origin_options);

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    return UsageError(app, error);
  }
  return post->parsed() ? RunPost(post_options) : RunDemoOrigin(origin_options);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return Run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "postern: " << error.what() << "\n";
    return postern::cli::kUsage;
  }
}
