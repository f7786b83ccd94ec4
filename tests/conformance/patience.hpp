#pragma once

#include <chrono>
#include <cstddef>
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

/// Watches a count that should grow.
class Progress {
 public:
  /// Whether it has stood still for so long, as far as these calls tell.
  [[nodiscard]] bool stopped(std::size_t count, std::chrono::nanoseconds within = patience) {
    if (count != last_) since_ = Clock::now();
    last_ = count;
    return Clock::now() - since_ >= within;
  }

 private:
  std::size_t last_ = 0;
  Clock::time_point since_ = Clock::now();
};

}  // namespace iolab::conformance
