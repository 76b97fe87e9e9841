#ifndef POSTERN_CORE_CONNECTION_PLAN_H_
#define POSTERN_CORE_CONNECTION_PLAN_H_

#include <cstddef>

#include "core/settings.h"

namespace postern::core {

// An origin's pool at one moment.
struct PoolState {
  std::size_t waiting = 0;   // items in the queue
  std::size_t dialling = 0;  // connections being opened
  std::size_t open = 0;      // connections serving or idle
};

// How many connections to start opening now: one for each waiting item that none being opened will
// serve.
std::size_t ConnectionsToDial(const PoolState& pool, const ConnectionLimits& limits);

}  // namespace postern::core

#endif  // POSTERN_CORE_CONNECTION_PLAN_H_
