#ifndef POSTERN_CLI_ITEM_JSON_H_
#define POSTERN_CLI_ITEM_JSON_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "postern/types.h"

namespace postern::cli {

// Reads an item from one JSON object; `postern post --help` lists its fields. Values that the gate
// judges (URL, method, header, limits) are passed on as they are; a field that is unknown or of
// another type is an error, whose message names it. With "json", a content-type is added unless the
// item or the defaults have one.
absl::StatusOr<Item> ParseItem(std::string_view line, const Item& defaults);

}  // namespace postern::cli

#endif  // POSTERN_CLI_ITEM_JSON_H_
