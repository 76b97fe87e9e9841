#include "core/admission.h"

#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace postern::core {
namespace {

TEST(AdmissionTest, TakesAllOfTheItemsOrNone) {
  Admission admission(10);
  EXPECT_FALSE(admission.TryAdmit(11));
  EXPECT_TRUE(admission.TryAdmit(7));
  EXPECT_FALSE(admission.TryAdmit(4));
  EXPECT_TRUE(admission.TryAdmit(3)) << "the refused ones took no room";
  EXPECT_FALSE(admission.TryAdmit(1));
  EXPECT_TRUE(admission.TryAdmit(0));
  admission.Release(1);
  EXPECT_TRUE(admission.TryAdmit(1));
}

TEST(AdmissionTest, AnAbsurdNumberIsRefusedAndTakesNoRoom) {
  Admission admission(10);
  EXPECT_TRUE(admission.TryAdmit(5));
  EXPECT_FALSE(admission.TryAdmit(UINT64_MAX));
  EXPECT_FALSE(admission.TryAdmit(UINT64_MAX - 4)) << "the sum wraps round to 0";
  EXPECT_TRUE(admission.TryAdmit(5));
}

TEST(AdmissionTest, OneCallersRefusalNeverRefusesAnother) {
  Admission admission(10);
  std::atomic<bool> stop{false};
  std::atomic<bool> begun{false};
  std::thread greedy([&] {
    while (!stop) {
      EXPECT_FALSE(admission.TryAdmit(11));
      begun = true;
    }
  });
  while (!begun) std::this_thread::yield();
  int refused = 0;
  for (int i = 0; i < 200'000; ++i) {
    if (admission.TryAdmit(1)) {
      admission.Release(1);
    } else {
      ++refused;
    }
  }
  stop = true;
  greedy.join();
  EXPECT_EQ(refused, 0);
}

TEST(AdmissionTest, NeverHoldsMoreThanTheMaximum) {
  constexpr std::uint64_t kMax = 3;
  Admission admission(kMax);
  std::atomic<std::uint64_t> held{0};
  std::atomic<std::uint64_t> most{0};
  std::vector<std::thread> callers;
  for (int t = 0; t < 4; ++t) {
    callers.emplace_back([&] {
      for (int i = 0; i < 20'000; ++i) {
        if (!admission.TryAdmit(2)) continue;
        const std::uint64_t now = held.fetch_add(2) + 2;
        if (now > most) most = now;
        held.fetch_sub(2);
        admission.Release(2);
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_GT(most, 0u);
  EXPECT_LE(most, kMax);
  EXPECT_TRUE(admission.TryAdmit(kMax)) << "all of it was given back";
}

}  // namespace
}  // namespace postern::core
