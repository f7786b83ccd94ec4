#pragma once

#include <cstdio>
#include <vector>

#include "experiments/loadgen/commands/rate_estimator.hpp"
#include "experiments/loadgen/options/options.hpp"
#include "experiments/loadgen/slice/slice_runner.hpp"

namespace iolab::loadgen {

/// Searches for every target the highest rate at which it keeps an objective, with many short
/// trials that take turns between the targets. Writes JSON lines: each trial, then the results.
class Search {
 public:
  /// `options` must outlive this. Throws what the constructor of SliceRunner throws.
  Search(const SearchOptions& options, std::FILE* output);

  /// Returns the exit status, as RoundRunner::run(). There is a result for every target that had a
  /// trial.
  int run();

 private:
  struct Progress {
    RateEstimator search;
    unsigned trials = 0;
    unsigned client_bound = 0;  // trials whose send lag was over a tenth of the limit
  };

  [[nodiscard]] bool find_ranges();
  void try_once(unsigned trial, std::size_t target);
  [[nodiscard]] bool keeps_objective(const SliceResult& slice) const;
  void write_results();

  const SearchOptions& options_;
  std::FILE* output_;
  SliceRunner runner_;
  std::vector<Progress> progress_;  // by target
};

}  // namespace iolab::loadgen
