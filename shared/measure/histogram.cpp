#include "shared/measure/histogram.hpp"

#include <algorithm>
#include <cmath>

namespace iolab {

static_assert(Histogram::index_of(Histogram::highest_value_ns) < Histogram::counts_size);

Histogram::Histogram() : counts_(counts_size, 0) {}

void Histogram::merge(const Histogram& other) {
  const auto [first, end] = other.filled();
  for (std::size_t i = first; i < end; ++i) counts_[i] += other.counts_[i];
  total_ += other.total_;
  sum_ns_ += other.sum_ns_;
  max_ns_ = std::max(max_ns_, other.max_ns_);
  min_ns_ = std::min(min_ns_, other.min_ns_);
}

void Histogram::clear() {
  const auto [first, end] = filled();
  std::fill(counts_.begin() + static_cast<std::ptrdiff_t>(first),
            counts_.begin() + static_cast<std::ptrdiff_t>(end), 0);
  total_ = 0;
  sum_ns_ = 0;
  max_ns_ = 0;
  min_ns_ = highest_value_ns;
}

std::pair<std::size_t, std::size_t> Histogram::filled() const noexcept {
  if (total_ == 0) return {0, 0};
  return {index_of(min_ns_), index_of(max_ns_) + 1};
}

double Histogram::mean_ns() const noexcept {
  return total_ == 0 ? 0.0 : static_cast<double>(sum_ns_) / static_cast<double>(total_);
}

double Histogram::standard_deviation_ns() const {
  if (total_ == 0) return 0.0;
  const double mean = mean_ns();
  double squares = 0.0;
  for (const Bucket& bucket : buckets()) {
    const double middle = static_cast<double>(bucket.lowest_ns + bucket.highest_ns) / 2.0;
    squares += (middle - mean) * (middle - mean) * static_cast<double>(bucket.count);
  }
  return std::sqrt(squares / static_cast<double>(total_));
}

std::int64_t Histogram::percentile_ns(double percentile) const {
  if (total_ == 0) return 0;
  const double share = std::clamp(percentile, 0.0, 100.0) / 100.0;
  const auto wanted = std::max<std::uint64_t>(
      1, static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(total_) - 1e-9)));
  std::uint64_t seen = 0;
  const auto [first, end] = filled();
  for (std::size_t i = first; i < end; ++i) {
    seen += counts_[i];
    if (seen >= wanted) return std::min(bucket_at(i, counts_[i]).highest_ns, max_ns_);
  }
  return max_ns_;
}

std::vector<Histogram::Bucket> Histogram::buckets() const {
  std::vector<Bucket> result;
  const auto [first, end] = filled();
  for (std::size_t i = first; i < end; ++i) {
    if (counts_[i] != 0) result.push_back(bucket_at(i, counts_[i]));
  }
  return result;
}

Histogram::Bucket Histogram::bucket_at(std::size_t index, std::uint64_t count) noexcept {
  const std::size_t half = sub_bucket_count / 2;
  const std::size_t bucket = index < sub_bucket_count ? 0 : index / half - 1;
  const std::size_t sub_bucket = index - bucket * half;
  const auto lowest = static_cast<std::int64_t>(sub_bucket << bucket);
  return {lowest, lowest + (std::int64_t{1} << bucket) - 1, count};
}

}  // namespace iolab
