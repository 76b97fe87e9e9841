#ifndef POSTERN_CLI_RESULT_JSON_H_
#define POSTERN_CLI_RESULT_JSON_H_

#include <cstdint>
#include <string>

#include "postern/types.h"

namespace postern::cli {

// One JSON object, without a line end; `postern post --help` lists its fields. A body that is not
// UTF-8 appears as body_base64; header values that are not, as ISO-8859-1. index: where the item
// stood in the whole input.
std::string ResultJson(const ItemResult& result, std::uint64_t index);

}  // namespace postern::cli

#endif  // POSTERN_CLI_RESULT_JSON_H_
