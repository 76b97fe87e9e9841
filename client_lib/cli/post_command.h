#ifndef POSTERN_CLI_POST_COMMAND_H_
#define POSTERN_CLI_POST_COMMAND_H_

#include "cli/post_options.h"

namespace postern::cli {

// `postern post`: opens the input, checks it first where asked, and runs it. Returns the exit
// status.
int RunPost(const PostOptions& options);

}  // namespace postern::cli

#endif  // POSTERN_CLI_POST_COMMAND_H_
