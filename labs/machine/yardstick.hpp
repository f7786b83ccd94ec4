#pragma once

namespace lab {

/// Processor time, in seconds, that a fixed conversation with the simulated kernel takes here: what
/// the time limits of tests are multiples of, so that a slow machine is given more.
[[nodiscard]] double yardstick_seconds();

}  // namespace lab
