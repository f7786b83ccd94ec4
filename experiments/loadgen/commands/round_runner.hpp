#pragma once

#include <vector>

#include "experiments/loadgen/results/hdr_files.hpp"
#include "experiments/loadgen/results/json_report.hpp"
#include "experiments/loadgen/slice/slice_runner.hpp"

namespace iolab::loadgen {

/// Carries out a whole run: round after round, every target once per round.
class RoundRunner {
 public:
  /// `options` must outlive this. Throws std::runtime_error if a target's host or process is
  /// unknown or an output file cannot be made.
  RoundRunner(const RunOptions& options, std::FILE* output);

  /// Returns the exit status: 0, 1 after a failure (told on stderr), 130 when interrupted. The
  /// summaries of what was measured are written in any case.
  int run();

 private:
  void measure();
  void run_slice(unsigned round, std::size_t position, std::size_t target);
  void summarize();

  const RunOptions& options_;
  SliceRunner runner_;
  JsonReport report_;
  HdrFiles hdr_files_;
  std::vector<TargetTotal> totals_;
};

}  // namespace iolab::loadgen
