#pragma once

#include "experiments/loadgen/slice/slice_runner.hpp"

namespace iolab::loadgen {

/// Returns the exit status of a run that is over, and tells on stderr why it ended if that was not
/// its planned end: 0, 1 after a failure, 130 when interrupted.
[[nodiscard]] int exit_status_of(const SliceRunner& runner);

}  // namespace iolab::loadgen
