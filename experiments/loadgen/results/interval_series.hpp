#pragma once

#include <cstddef>
#include <vector>

#include "shared/measure/clock.hpp"
#include "shared/measure/histogram.hpp"

namespace iolab::loadgen {

/// Latencies by the interval in which the reply came: how a slice went over time.
class IntervalSeries {
 public:
  using Buckets = std::vector<Histogram::Bucket>;

  /// Intervals of `length_ns`, above 0, counted from `begin_ns`.
  IntervalSeries(Nanoseconds begin_ns, Nanoseconds length_ns)
      : length_ns_(length_ns), end_ns_(begin_ns + length_ns) {}

  /// `now_ns` must not go backwards.
  void record(Nanoseconds now_ns, Nanoseconds latency_ns) {
    if (now_ns >= end_ns_) roll(now_ns);
    current_.record(latency_ns);
  }

  /// What each interval holds, the last one included; an empty one has no buckets.
  [[nodiscard]] std::vector<Buckets> finish();

 private:
  void roll(Nanoseconds now_ns);

  Nanoseconds length_ns_;
  Nanoseconds end_ns_;  // of the current interval
  Histogram current_;
  std::vector<Buckets> past_;
};

/// Appends the intervals of one thread to those of another.
void merge_intervals(std::vector<IntervalSeries::Buckets>& sum,
                     const std::vector<IntervalSeries::Buckets>& other);

/// How long an interval really was if `left_ns` of the slice were left at its beginning.
[[nodiscard]] Nanoseconds interval_length(Nanoseconds nominal_ns, Nanoseconds left_ns);

/// A histogram with what the buckets hold, each value in the middle of its bucket.
[[nodiscard]] Histogram to_histogram(const IntervalSeries::Buckets& buckets);

}  // namespace iolab::loadgen
