#include "experiments/loadgen/results/interval_series.hpp"

#include <algorithm>

namespace iolab::loadgen {

void IntervalSeries::roll(Nanoseconds now_ns) {
  past_.push_back(current_.buckets());
  current_.clear();
  for (end_ns_ += length_ns_; end_ns_ <= now_ns; end_ns_ += length_ns_) past_.emplace_back();
}

std::vector<IntervalSeries::Buckets> IntervalSeries::finish() {
  past_.push_back(current_.buckets());
  current_.clear();
  return std::move(past_);
}

void merge_intervals(std::vector<IntervalSeries::Buckets>& sum,
                     const std::vector<IntervalSeries::Buckets>& other) {
  sum.resize(std::max(sum.size(), other.size()));
  for (std::size_t i = 0; i < other.size(); ++i) {
    sum[i].insert(sum[i].end(), other[i].begin(), other[i].end());
  }
}

Nanoseconds interval_length(Nanoseconds nominal_ns, Nanoseconds left_ns) {
  return std::clamp<Nanoseconds>(left_ns, 1, nominal_ns);
}

Histogram to_histogram(const IntervalSeries::Buckets& buckets) {
  Histogram histogram;
  for (const auto& bucket : buckets) {
    histogram.record((bucket.lowest_ns + bucket.highest_ns) / 2, bucket.count);
  }
  return histogram;
}

}  // namespace iolab::loadgen
