#pragma once

#include <string>

#include "shared/measure/clock.hpp"

namespace iolab::loadgen {

/// A service level objective: this percentile of the response times is at most that.
struct Objective {
  double percentile = 99;
  Nanoseconds limit_ns = 1'000'000;
};

/// Reads p99:1ms or p99.9:500us. Throws std::invalid_argument with a sentence that quotes `text`.
[[nodiscard]] Objective parse_objective(const std::string& text);

}  // namespace iolab::loadgen
