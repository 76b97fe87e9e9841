#ifndef POSTERN_CLI_MESSAGES_H_
#define POSTERN_CLI_MESSAGES_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "cli/post_options.h"

namespace postern::cli {

// What goes wrong, for people: one line without its end.

// line: from 1; 0 where the input as a whole is meant.
std::string BadLineText(const PostOptions& options, std::uint64_t line, const std::string& reason);

// Why a call to the gate failed, and what to do about it.
std::string CallErrorText(const PostOptions& options, const absl::Status& status);

}  // namespace postern::cli

#endif  // POSTERN_CLI_MESSAGES_H_
