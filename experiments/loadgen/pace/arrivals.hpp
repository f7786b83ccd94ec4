#pragma once

#include <cstdint>
#include <random>

#include "experiments/loadgen/options/arrival_process.hpp"
#include "shared/measure/clock.hpp"

namespace iolab::loadgen {

/// When requests are due, whatever the server does: the schedule of an open loop. Depends on its
/// arguments only, so that the same seed gives every server the same arrivals.
class Arrivals {
 public:
  /// Arrivals at `rate_per_s` from `begin_ns` until before `end_ns`. Uniform ones keep a fixed
  /// distance, and the first comes at `phase` (0 to 1) of it, so that threads can interleave.
  Arrivals(ArrivalProcess process, double rate_per_s, double phase, std::uint64_t seed,
           Nanoseconds begin_ns, Nanoseconds end_ns);

  /// When the next request is due; end_ns() if there is none.
  [[nodiscard]] Nanoseconds next() const noexcept { return next_ns_; }
  [[nodiscard]] bool exhausted() const noexcept { return next_ns_ >= end_ns_; }
  [[nodiscard]] Nanoseconds end_ns() const noexcept { return end_ns_; }

  /// Goes on to the one after next(); must not be exhausted().
  void pop();

  /// From now on nothing is due at or after `end_ns`.
  void end_at(Nanoseconds end_ns);

 private:
  double gap();

  ArrivalProcess process_;
  double mean_gap_ns_;
  std::mt19937_64 random_;
  Nanoseconds begin_ns_;
  Nanoseconds end_ns_;
  double offset_ns_;  // of the next one from begin_ns_; in double, so that rounding does not add up
  Nanoseconds next_ns_;
};

/// A seed that differs between rounds, but not between the targets of a round.
[[nodiscard]] std::uint64_t arrival_seed(std::uint64_t run_seed, std::uint64_t round);

}  // namespace iolab::loadgen
