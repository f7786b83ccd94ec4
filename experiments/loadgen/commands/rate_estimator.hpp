#pragma once

#include <vector>

namespace iolab::loadgen {

/// Finds the rate up to which a noisy trial succeeds. One bisection is misled for good by a single
/// unlucky trial; this keeps a probability for every candidate, places the next trial where the
/// two halves weigh the same and weighs anew after each (Watson and Pelli, QUEST: a Bayesian
/// adaptive psychometric method, 1983).
class RateEstimator {
 public:
  struct Estimate {
    double rate_per_s;  // the median
    double low_per_s;   // with high_per_s: 90 % of the probability
    double high_per_s;
  };

  /// The answer lies between `lowest` and `highest`, both above 0.
  RateEstimator(double lowest_per_s, double highest_per_s);

  /// Where to try next.
  [[nodiscard]] double next_rate() const { return quantile(0.5); }

  /// A trial at this rate has succeeded or not.
  void note(double rate_per_s, bool success);

  [[nodiscard]] Estimate estimate() const {
    return {quantile(0.5), quantile(0.05), quantile(0.95)};
  }

 private:
  [[nodiscard]] double quantile(double share) const;

  std::vector<double> rates_;    // ascending, 1 % apart
  std::vector<double> weights_;  // that the answer is rates_[i]; their sum is 1
};

}  // namespace iolab::loadgen
