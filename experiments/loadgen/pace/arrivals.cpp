#include "experiments/loadgen/pace/arrivals.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace iolab::loadgen {

Arrivals::Arrivals(ArrivalProcess process, double rate_per_s, double phase, std::uint64_t seed,
                   Nanoseconds begin_ns, Nanoseconds end_ns)
    : process_(process),
      mean_gap_ns_(1e9 / rate_per_s),
      random_(seed),
      begin_ns_(begin_ns),
      end_ns_(end_ns),
      offset_ns_(process == ArrivalProcess::uniform ? phase * mean_gap_ns_ : gap()),
      next_ns_(begin_ns) {
  next_ns_ = std::min(end_ns_, begin_ns_ + static_cast<Nanoseconds>(offset_ns_));
}

void Arrivals::pop() {
  offset_ns_ += process_ == ArrivalProcess::uniform ? mean_gap_ns_ : gap();
  next_ns_ = std::min(end_ns_, begin_ns_ + static_cast<Nanoseconds>(offset_ns_));
}

void Arrivals::end_at(Nanoseconds end_ns) {
  end_ns_ = std::min(end_ns_, end_ns);
  next_ns_ = std::min(next_ns_, end_ns_);
}

// Exponential by inversion: std::exponential_distribution may differ between libraries.
double Arrivals::gap() {
  const double uniform = static_cast<double>((random_() >> 11) + 1) * 0x1p-53;  // in (0, 1]
  return -std::log(uniform) * mean_gap_ns_;
}

std::uint64_t arrival_seed(std::uint64_t run_seed, std::uint64_t round) {
  std::seed_seq sequence{run_seed & 0xffffffff, run_seed >> 32, round & 0xffffffff, round >> 32};
  std::array<std::uint32_t, 2> words{};
  sequence.generate(words.begin(), words.end());
  return (std::uint64_t{words[0]} << 32) | words[1];
}

}  // namespace iolab::loadgen
