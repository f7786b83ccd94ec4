#include "experiments/loadgen/pace/arrivals.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <set>
#include <vector>

namespace iolab::loadgen {
namespace {

constexpr Nanoseconds s = 1'000'000'000;

std::vector<Nanoseconds> all(Arrivals arrivals) {
  std::vector<Nanoseconds> times;
  for (; !arrivals.exhausted(); arrivals.pop()) times.push_back(arrivals.next());
  return times;
}

TEST(Arrivals, UniformOnesKeepTheirDistanceWithoutDrift) {
  const auto times = all(Arrivals(ArrivalProcess::uniform, 3'000'000, 0, 1, 5 * s, 6 * s));
  EXPECT_NEAR(static_cast<double>(times.size()), 3e6, 1);
  for (std::size_t i = 0; i < times.size(); i += 1000) {
    ASSERT_NEAR(static_cast<double>(times[i] - 5 * s), static_cast<double>(i) * 1e9 / 3e6, 1.01);
  }
}

TEST(Arrivals, UniformOnesOfThreadsInterleave) {
  const auto first = all(Arrivals(ArrivalProcess::uniform, 1000, 0, 1, 0, s));
  const auto second = all(Arrivals(ArrivalProcess::uniform, 1000, 0.5, 1, 0, s));
  EXPECT_EQ(first[0], 0);
  EXPECT_EQ(second[0], 500'000);
}

TEST(Arrivals, PoissonOnesHaveExponentialDistances) {
  const auto times = all(Arrivals(ArrivalProcess::poisson, 100'000, 0, 42, 0, 10 * s));
  const auto n = static_cast<double>(times.size());
  EXPECT_NEAR(n, 1e6, 4 * std::sqrt(1e6));
  double squares = 0;
  std::size_t above_mean = 0;
  for (std::size_t i = 1; i < times.size(); ++i) {
    const auto gap = static_cast<double>(times[i] - times[i - 1]);
    squares += gap * gap;
    above_mean += gap > 10'000 ? 1 : 0;
  }
  const double variance = squares / n - 1e4 * 1e4;
  EXPECT_NEAR(std::sqrt(variance), 1e4, 100) << "standard deviation equals the mean";
  EXPECT_NEAR(static_cast<double>(above_mean) / n, std::exp(-1), 0.003);
}

TEST(Arrivals, DependOnTheSeedOnly) {
  const auto times = [](std::uint64_t seed, Nanoseconds begin) {
    auto list = all(Arrivals(ArrivalProcess::poisson, 10'000, 0, seed, begin, begin + s));
    for (auto& time : list) time -= begin;
    return list;
  };
  EXPECT_EQ(times(7, 0), times(7, 123 * s));
  EXPECT_NE(times(7, 0), times(8, 0));
}

TEST(Arrivals, EndWhereTheyShall) {
  Arrivals arrivals(ArrivalProcess::poisson, 10'000, 0, 1, 0, s);
  for (int i = 0; i < 100; ++i) arrivals.pop();
  const Nanoseconds end = arrivals.next() + 1;
  arrivals.end_at(end);
  EXPECT_FALSE(arrivals.exhausted());
  arrivals.pop();
  EXPECT_TRUE(arrivals.exhausted());
  EXPECT_EQ(arrivals.next(), end);
  arrivals.end_at(2 * s);
  EXPECT_EQ(arrivals.end_ns(), end) << "an end cannot be put off";
}

TEST(Arrivals, MayBeNone) {
  EXPECT_TRUE(Arrivals(ArrivalProcess::uniform, 1, 0.5, 1, 0, s / 4).exhausted());
}

TEST(ArrivalSeed, DiffersBetweenRoundsAndRuns) {
  std::set<std::uint64_t> seeds;
  for (std::uint64_t run = 0; run < 30; ++run) {
    for (std::uint64_t round = 0; round < 30; ++round) seeds.insert(arrival_seed(run, round));
  }
  EXPECT_EQ(seeds.size(), 900U);
  EXPECT_EQ(arrival_seed(5, 6), arrival_seed(5, 6));
}

}  // namespace
}  // namespace iolab::loadgen
