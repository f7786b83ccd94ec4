#include "experiments/loadgen/results/stalls.hpp"

#include <gtest/gtest.h>

#include "experiments/loadgen/pace/stall_watch.hpp"
#include "experiments/loadgen/results/slice_result.hpp"
#include "experiments/loadgen/slice/core_watch.hpp"

namespace iolab::loadgen {

namespace {

constexpr Nanoseconds us = 1'000;
constexpr Nanoseconds ms = 1'000'000;

TEST(StallWatch, ToldIsAGapBetweenTwoLooks) {
  Stalls found;
  StallWatch watch(0, found);
  watch.look(30 * us);
  watch.look(79 * us);
  watch.look(129 * us);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].begin_ns, 79 * us);
  EXPECT_EQ(found[0].length_ns, 50 * us);
}

TEST(StallWatch, SleepIsNoStallButOversleepingIs) {
  Stalls found;
  StallWatch watch(0, found);
  watch.sleep_until(10 * ms);
  watch.look(10 * ms + 20 * us);
  EXPECT_TRUE(found.empty());
  watch.sleep_until(20 * ms);
  watch.look(20 * ms + 60 * us);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].begin_ns, 20 * ms);
}

TEST(StallWatch, WaitingForAServerIsNoStall) {
  Stalls found;
  StallWatch watch(0, found);
  watch.wait();
  watch.look(200 * ms);
  EXPECT_TRUE(found.empty());
  watch.look(201 * ms);
  EXPECT_EQ(found.size(), 1U) << "it watches again";
}

TEST(Disturbances, ReachFromAheadOfAStallUntilItsBacklogIsWorkedOff) {
  Disturbances disturbances;
  disturbances.add({{10 * ms, 1 * ms}, {50 * ms, 99 * us}}, Disturbances::shortest_ns);
  EXPECT_FALSE(disturbances.at(9'499 * us));
  EXPECT_TRUE(disturbances.at(9'500 * us));
  EXPECT_TRUE(disturbances.at(16 * ms));
  EXPECT_FALSE(disturbances.at(16 * ms + 1));
  EXPECT_FALSE(disturbances.at(50 * ms)) << "too short to disturb";
}

TEST(SliceResult, LeavesOutWhatStallsOfEitherSideDisturbHoweverLateItWas) {
  SliceResult slice;
  slice.counts.open = true;
  for (const Nanoseconds due : {1 * ms, 21 * ms, 41 * ms, 61 * ms}) {
    slice.counts.count_response(due, due + 70 * us);
  }
  slice.counts.stalls = {{20 * ms, 200 * us}};
  slice.server_stalls = {{40 * ms, 500 * us}, {60 * ms, 499 * us}};
  slice.find_undisturbed();
  EXPECT_EQ(slice.undisturbed.count(), 2U);
  slice.server_stalls.reset();
  slice.find_undisturbed();
  EXPECT_EQ(slice.undisturbed.count(), 3U);
}

TEST(CoreWatch, KnowsNothingOfCoresItDoesNotWatch) {
  CoreWatch watch({}, ms);
  EXPECT_FALSE(watch.found());
}

}  // namespace
}  // namespace iolab::loadgen
