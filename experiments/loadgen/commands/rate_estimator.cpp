#include "experiments/loadgen/commands/rate_estimator.hpp"

#include <cmath>
#include <numeric>

namespace iolab::loadgen {
namespace {

constexpr double step = 1.01;
// How a trial goes at a rate beside the answer: beyond 5 % it goes the right way in 9 of 10, but
// one in 20 goes wrong at any rate, because the machine does something else.
constexpr double steepness = 45.0;
constexpr double mishap = 0.05;

double success_probability(double rate, double answer) {
  const double clean = 1.0 / (1.0 + std::exp(-steepness * std::log(answer / rate)));
  return mishap + (1.0 - 2.0 * mishap) * clean;
}

}  // namespace

RateEstimator::RateEstimator(double lowest_per_s, double highest_per_s) {
  for (double rate = lowest_per_s; rate <= highest_per_s * step; rate *= step)
    rates_.push_back(rate);
  weights_.assign(rates_.size(), 1.0 / static_cast<double>(rates_.size()));
}

void RateEstimator::note(double rate_per_s, bool success) {
  for (std::size_t i = 0; i < rates_.size(); ++i) {
    const double probability = success_probability(rate_per_s, rates_[i]);
    weights_[i] *= success ? probability : 1.0 - probability;
  }
  const double sum = std::accumulate(weights_.begin(), weights_.end(), 0.0);
  for (double& weight : weights_) weight /= sum;
}

double RateEstimator::quantile(double share) const {
  double sum = 0;
  for (std::size_t i = 0; i < rates_.size(); ++i) {
    sum += weights_[i];
    if (sum >= share) return rates_[i];
  }
  return rates_.back();
}

}  // namespace iolab::loadgen
