#include "experiments/loadgen/commands/random_order.hpp"

#include <gtest/gtest.h>

#include <map>
#include <vector>

namespace iolab::loadgen {

namespace {

TEST(RandomOrder, IsAFairPermutation) {
  std::mt19937_64 random(1);
  std::map<std::vector<std::size_t>, int> seen;
  for (int i = 0; i < 6000; ++i) ++seen[random_order(3, random)];
  ASSERT_EQ(seen.size(), 6U);
  for (const auto& [order, times] : seen) EXPECT_NEAR(times, 1000, 130);
}

TEST(RandomOrder, FollowsFromTheSeedOnEverySystem) {
  std::mt19937_64 random(1);
  const auto first = random_order(5, random);
  std::mt19937_64 again(1);
  EXPECT_EQ(random_order(5, again), first);
  EXPECT_EQ(first, (std::vector<std::size_t>{1, 4, 0, 2, 3}));
}

}  // namespace
}  // namespace iolab::loadgen
