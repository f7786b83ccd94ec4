#include "experiments/loadgen/commands/rate_estimator.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace iolab::loadgen {
namespace {

// A machine on which trials beside the truth go wrong: near it often, elsewhere in one of 20.
bool trial(double rate, double truth, std::mt19937_64& random) {
  std::normal_distribution<double> noise(0, 0.03);
  std::bernoulli_distribution mishap(0.05);
  const bool success = std::log(truth / rate) + noise(random) > 0;
  return mishap(random) ? !success : success;
}

TEST(RateEstimator, FindsTheTruthInNoise) {
  int within = 0, covered = 0;
  constexpr int sessions = 200;
  std::mt19937_64 random(5);
  for (int session = 0; session < sessions; ++session) {
    const double truth =
        std::exp(std::uniform_real_distribution<double>(std::log(1e3), std::log(2e5))(random));
    RateEstimator search(500, 300'000);
    for (int i = 0; i < 60; ++i) {
      const double rate = search.next_rate();
      search.note(rate, trial(rate, truth, random));
    }
    const auto found = search.estimate();
    within += std::abs(found.rate_per_s / truth - 1) < 0.05 ? 1 : 0;
    covered += found.low_per_s <= truth * 1.01 && truth / 1.01 <= found.high_per_s ? 1 : 0;
  }
  EXPECT_GE(within, sessions * 9 / 10);
  EXPECT_GE(covered, sessions * 8 / 10);
}

TEST(RateEstimator, OneUnluckyTrialDoesNotDecide) {
  RateEstimator search(100, 100'000);
  search.note(search.next_rate(), false);  // in truth it could be kept
  for (int i = 0; i < 40; ++i) search.note(search.next_rate(), search.next_rate() < 50'000);
  EXPECT_NEAR(search.estimate().rate_per_s, 50'000, 2'500);
}

TEST(RateEstimator, StaysWithinItsRange) {
  RateEstimator always(100, 1000), never(100, 1000);
  for (int i = 0; i < 50; ++i) {
    always.note(always.next_rate(), true);
    never.note(never.next_rate(), false);
  }
  EXPECT_NEAR(always.estimate().rate_per_s, 1000, 60);
  EXPECT_NEAR(never.estimate().rate_per_s, 100, 6);
}

TEST(RateEstimator, KnowsNothingAtFirst) {
  const auto estimate = RateEstimator(100, 10'000).estimate();
  EXPECT_NEAR(estimate.rate_per_s, 1000, 20) << "the middle, as ratios go";
  EXPECT_LT(estimate.low_per_s, 130);
  EXPECT_GT(estimate.high_per_s, 7'700);
}

}  // namespace
}  // namespace iolab::loadgen
