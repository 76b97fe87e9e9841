#include "cli/help_formatter.h"

#include <string>
#include <utility>

#include "absl/strings/str_replace.h"

namespace postern::cli {
namespace {

constexpr std::size_t kOptionColumns = 30;

}  // namespace

HelpFormatter::HelpFormatter() { column_width(kOptionColumns); }

std::string HelpFormatter::make_help(const CLI::App* app, std::string name,
                                     CLI::AppFormatMode mode) const {
  const std::string help = Formatter::make_help(app, std::move(name), mode);
  return absl::StrReplaceAll(help, {{"\n\n\n", "\n\n"}});
}

std::string HelpFormatter::make_option_opts(const CLI::Option* option) const {
  // "N:POSITIVE": the check is in the type's name.
  const std::string type = option->get_type_name();
  return type.empty() ? "" : " " + type.substr(0, type.find(":POSITIVE"));
}

}  // namespace postern::cli
