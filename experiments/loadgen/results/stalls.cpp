#include "experiments/loadgen/results/stalls.hpp"

#include <algorithm>

namespace iolab::loadgen {

void Disturbances::add(const Stalls& stalls, Nanoseconds at_least_ns) {
  for (const auto& [begin_ns, length_ns] : stalls) {
    if (length_ns < at_least_ns) continue;
    const Nanoseconds caught_up_ns = length_ns * (1 + times_its_length) + after_ns;
    periods_.push_back({begin_ns - ahead_ns, begin_ns + caught_up_ns});
  }
}

bool Disturbances::at(Nanoseconds due_ns) const {
  return std::any_of(periods_.begin(), periods_.end(), [&](const Period& period) {
    return period.begin_ns <= due_ns && due_ns <= period.end_ns;
  });
}

}  // namespace iolab::loadgen
