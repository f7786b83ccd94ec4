#pragma once

#include <cstdio>

#include "experiments/loadgen/options/options.hpp"

namespace iolab::loadgen {

/// Measures the generator itself on this machine and prints what it found, as sentences or as JSON
/// lines: what the clock costs; rate and CPU time per message of closed loops; how far from their
/// time requests leave in an open loop; and if a yardstick is given, CPU time per message relative
/// to it, measured in turns. The peer is an echo server on a thread of its own, or the first target
/// if there is one. Returns the exit status.
[[nodiscard]] int selftest(const SelftestOptions& options, std::FILE* output);

}  // namespace iolab::loadgen
