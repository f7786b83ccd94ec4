#pragma once

#include <limits>

#include "experiments/loadgen/results/stalls.hpp"
#include "shared/measure/clock.hpp"

namespace iolab::loadgen {

/// Finds the stalls of a thread that never waits without saying so: a gap between two of its looks
/// at the clock is time in which its core was taken away, by the kernel or by the machine below it.
class StallWatch {
 public:
  /// Shorter gaps are not told from the thread's own work: an operation takes up to 30 us.
  static constexpr Nanoseconds shortest_ns = 50'000;

  /// Appends to `found`, which must outlive this.
  StallWatch(Nanoseconds now_ns, Stalls& found) : seen_ns_(now_ns), found_(found) {}

  /// The thread runs now.
  void look(Nanoseconds now_ns) {
    if (now_ns - seen_ns_ >= shortest_ns) found_.push_back({seen_ns_, now_ns - seen_ns_});
    seen_ns_ = now_ns;
  }

  /// The thread sleeps and has nothing to do until then: what it oversleeps is a stall too.
  void sleep_until(Nanoseconds time_ns) { seen_ns_ = time_ns; }

  /// The thread has nothing to do until the server replies: however long that takes, it is the
  /// server's doing and no stall.
  void wait() { seen_ns_ = std::numeric_limits<Nanoseconds>::max(); }

 private:
  Nanoseconds seen_ns_;
  Stalls& found_;
};

}  // namespace iolab::loadgen
