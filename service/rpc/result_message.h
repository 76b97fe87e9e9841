#ifndef POSTERN_RPC_RESULT_MESSAGE_H_
#define POSTERN_RPC_RESULT_MESSAGE_H_

#include <cstddef>
#include <string_view>

#include "postern/v1/egress.pb.h"

#include "core/item.h"

namespace postern::rpc {

// Writes an ended item's result into the message; the response body moves. Returns about how many
// bytes it will take.
std::size_t FillResult(core::Item& item, std::string_view id, v1::ItemResult& message);

}  // namespace postern::rpc

#endif  // POSTERN_RPC_RESULT_MESSAGE_H_
