#include "core/connection_plan.h"

#include <gtest/gtest.h>

namespace postern::core {
namespace {

TEST(ConnectionPlanTest, OpensOneForEachItemThatNoDialCovers) {
  const struct {
    PoolState pool;
    std::size_t expected;
    const char* why;
  } cases[] = {
      {{0, 0, 0}, 0, "nothing waits"},
      {{1, 0, 0}, 1, "one waits"},
      {{3, 0, 0}, 3, "one dial for each"},
      {{3, 2, 0}, 1, "two are covered"},
      {{3, 3, 0}, 0, "all are covered"},
      {{1, 3, 0}, 0, "more than covered"},
      {{9, 0, 0}, 4, "as many handshakes as may be at a time"},
      {{9, 3, 0}, 1, "one more handshake"},
      {{9, 4, 0}, 0, "no further handshake"},
      {{9, 0, 8}, 2, "room for two of ten"},
      {{9, 1, 8}, 1, "dials count as connections"},
      {{9, 2, 8}, 0, "full, with those being opened"},
      {{9, 0, 10}, 0, "full"},
      {{9, 0, 11}, 0, "over the limit, after it was lowered"},
      {{1'000'000, 0, 0}, 4, "a burst is no herd"},
  };
  ConnectionLimits limits;
  limits.max_connections = 10;
  limits.max_dialling = 4;
  for (const auto& c : cases) EXPECT_EQ(ConnectionsToDial(c.pool, limits), c.expected) << c.why;
}

}  // namespace
}  // namespace postern::core
