#pragma once

#include <cstddef>
#include <optional>

#include "experiments/loadgen/results/slice_counts.hpp"
#include "shared/measure/clock.hpp"

namespace iolab::loadgen {

/// What one slice gave, all threads together: the source of the line "slice".
struct SliceResult {
  unsigned round = 0;
  std::size_t position = 0;  // within the round
  std::size_t target = 0;
  Nanoseconds clock_ns = 0;     // its begin by now_ns()
  Nanoseconds begin_ns = 0;     // since the run began to measure
  Nanoseconds duration_ns = 0;  // until the last reply, in an open loop at least its full length
  std::optional<Nanoseconds> ramp_ns;  // until all had been asked; only in a closed loop
  std::optional<Nanoseconds> server_cpu_ns;
  std::optional<Nanoseconds> machine_busy_ns;
  std::optional<Nanoseconds> steal_ns;
  SliceCounts counts;
  std::optional<Stalls> server_stalls;  // of the servers' cores, if they are watched
  Histogram undisturbed;                // `response`, without what stalls of either disturbed

  /// Fills `undisturbed` from all the rest.
  void find_undisturbed();
};

}  // namespace iolab::loadgen
