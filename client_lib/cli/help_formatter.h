#ifndef POSTERN_CLI_HELP_FORMATTER_H_
#define POSTERN_CLI_HELP_FORMATTER_H_

#include <string>

#include <CLI/CLI.hpp>

namespace postern::cli {

// How --help looks: one blank line between groups, and no defaults or checks behind the options,
// whose descriptions say them in words.
class HelpFormatter : public CLI::Formatter {
 public:
  HelpFormatter();

  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override;
  std::string make_option_opts(const CLI::Option* option) const override;
};

}  // namespace postern::cli

#endif  // POSTERN_CLI_HELP_FORMATTER_H_
