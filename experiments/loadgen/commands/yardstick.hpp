#pragma once

#include <string>

#include "experiments/loadgen/options/options.hpp"

namespace iolab::loadgen {

/// Runs the yardstick, a minimal client such as tests/yardstick/pingpong, against the first target
/// of `run` and returns its CPU time per message. Throws std::runtime_error if the program cannot
/// be run or does not print its counts.
[[nodiscard]] double yardstick_cost_ns(const std::string& program, const RunOptions& run);

}  // namespace iolab::loadgen
