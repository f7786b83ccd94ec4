#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "experiments/loadgen/arrivals.hpp"
#include "experiments/loadgen/tally.hpp"

namespace iolab::loadgen {

/// One visit to one target by all threads.
struct Visit {
  struct Open {
    double rate_per_s;  // of all threads together
    std::uint64_t seed;
  };

  std::size_t target = 0;
  Nanoseconds begin_ns = 0;
  Nanoseconds deadline_ns = 0;  // nothing new is begun after it
  std::optional<Open> open;     // empty: a closed loop
  bool greets = false;          // one message on each idle connection instead
};

/// What a visit gave.
struct Slice {
  unsigned round = 0;
  std::size_t position = 0;  // within the round
  std::size_t target = 0;
  Nanoseconds begin_ns = 0;     // since the run began to measure
  Nanoseconds duration_ns = 0;  // until the last reply, in an open loop at least its full length
  std::optional<Nanoseconds> ramp_ns;  // until all had been asked; only in a closed loop
  std::optional<Nanoseconds> server_cpu_ns;
  std::optional<Nanoseconds> machine_busy_ns;
  std::optional<Nanoseconds> steal_ns;
  Tally tally;
};

}  // namespace iolab::loadgen
