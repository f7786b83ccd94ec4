#pragma once

#include <algorithm>
#include <chrono>

namespace iolab {

/// Tells a loop when to tick, with one reading of the clock per turn:
///
///   for (;;) {
///     wait(ticker.time_left());
///     if (ticker.due()) tick();
///   }
class Ticker {
 public:
  explicit Ticker(std::chrono::nanoseconds period)
      : period_(period), now_(Clock::now()), next_(now_ + period) {}

  /// From the last call of due() until the next tick; never negative.
  [[nodiscard]] std::chrono::nanoseconds time_left() const {
    return std::max<std::chrono::nanoseconds>(next_ - now_, std::chrono::nanoseconds(0));
  }

  /// True once per period. Periods that passed unseen are not made up for: a process that was
  /// stopped ticks once.
  [[nodiscard]] bool due() {
    now_ = Clock::now();
    if (now_ < next_) return false;
    next_ = now_ + period_;
    return true;
  }

 private:
  using Clock = std::chrono::steady_clock;

  std::chrono::nanoseconds period_;
  Clock::time_point now_;
  Clock::time_point next_;
};

}  // namespace iolab
