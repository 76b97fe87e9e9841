#include "core/connection_plan.h"

#include <algorithm>

namespace postern::core {
namespace {

std::size_t Room(std::size_t limit, std::size_t used) { return limit > used ? limit - used : 0; }

}  // namespace

std::size_t ConnectionsToDial(const PoolState& pool, const ConnectionLimits& limits) {
  const std::size_t uncovered = Room(pool.waiting, pool.dialling);
  return std::min({uncovered, Room(limits.max_dialling, pool.dialling),
                   Room(limits.max_connections, pool.dialling + pool.open)});
}

}  // namespace postern::core
