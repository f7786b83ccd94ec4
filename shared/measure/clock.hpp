#pragma once

#include <chrono>
#include <cstdint>

namespace iolab {

/// Durations and points of time in nanoseconds. Signed, so that differences are safe.
using Nanoseconds = std::int64_t;

/// The monotonic clock that every latency and slice is taken from. Its zero is arbitrary but the
/// same for all threads (and on Linux for all processes) until the next boot.
[[nodiscard]] inline Nanoseconds now_ns() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace iolab
