#pragma once

#include <chrono>
#include <cstdlib>
#include <thread>

namespace iolab::conformance {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// How long to wait for what must happen. Far beyond what a loaded machine needs: only a failure
/// waits so long. Failures that are expected need not: IOLAB_PATIENCE_S says how many seconds.
/// Changed by main() only, before any case runs.
inline std::chrono::seconds patience = [] {
  const char* const seconds = std::getenv("IOLAB_PATIENCE_S");
  return std::chrono::seconds(seconds ? std::atoi(seconds) : 20);
}();

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
