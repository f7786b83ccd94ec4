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
  using Clock = std::chrono::steady_clock;

  /// The time. Defined in a file of its own, so that a simulation can link another clock.
  [[nodiscard]] static Clock::time_point now() noexcept;

  explicit Ticker(std::chrono::nanoseconds period)
      : period_(period), now_(now()), next_(now_ + period) {}

  /// From the last call of due() until the next tick; never negative.
  [[nodiscard]] std::chrono::nanoseconds time_left() const {
    return std::max<std::chrono::nanoseconds>(next_ - now_, std::chrono::nanoseconds(0));
  }

  /// True once per period. Periods that passed unseen are not made up for: a process that was
  /// stopped ticks once.
  [[nodiscard]] bool due() {
    now_ = now();
    if (now_ < next_) return false;
    next_ = now_ + period_;
    return true;
  }

 private:
  std::chrono::nanoseconds period_;
  Clock::time_point now_;
  Clock::time_point next_;
};

}  // namespace iolab
