#pragma once

#include <vector>

#include "experiments/loadgen/exports.hpp"
#include "experiments/loadgen/report.hpp"
#include "experiments/loadgen/rig.hpp"

namespace iolab::loadgen {

/// Conducts a whole run: round after round, every target once per round.
class Conductor {
 public:
  /// `options` must outlive this. Throws std::runtime_error if a target's host or process is
  /// unknown or an output file cannot be made.
  Conductor(const RunOptions& options, std::FILE* output);

  /// Returns the exit status: 0, 1 after a failure (told on stderr), 130 when interrupted. The
  /// summaries of what was measured are written in any case.
  int run();

 private:
  void measure();
  void visit(unsigned round, std::size_t position, std::size_t target);
  void summarize();

  const RunOptions& options_;
  Rig rig_;
  Report report_;
  Exports exports_;
  std::vector<TargetTotal> totals_;
};

/// Tells on stderr why a run ended, if it did not end by itself, and returns its exit status: 0, 1
/// after a failure, 130 when interrupted.
[[nodiscard]] int conclude(const Rig& rig);

}  // namespace iolab::loadgen
