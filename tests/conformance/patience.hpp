#pragma once

#include <chrono>
#include <thread>

namespace iolab::conformance {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// How long to wait for what must happen. Far beyond what a loaded machine needs: only a failure
/// waits so long.
inline constexpr auto patience = 20s;

/// Asks until `condition` holds; false if it does not within the time.
template <class Condition>
[[nodiscard]] bool eventually(Condition condition, std::chrono::nanoseconds within = patience) {
  const auto deadline = Clock::now() + within;
  while (!condition()) {
    if (Clock::now() > deadline) return false;
    std::this_thread::sleep_for(2ms);
  }
  return true;
}

}  // namespace iolab::conformance
