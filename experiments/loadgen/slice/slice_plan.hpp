#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "shared/measure/clock.hpp"

namespace iolab::loadgen {

/// What all threads are to do in one slice, that is, in one visit to one target.
struct SlicePlan {
  struct OfferedLoad {
    double rate_per_s;  // of all threads together
    std::uint64_t seed;
  };

  std::size_t target = 0;
  Nanoseconds begin_ns = 0;
  Nanoseconds deadline_ns = 0;              // nothing new is begun after it
  std::optional<OfferedLoad> offered_load;  // empty: a closed loop
  bool greets = false;                      // one message on each idle connection instead
};

}  // namespace iolab::loadgen
