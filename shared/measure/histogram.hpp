#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace iolab {

/// A histogram of latencies in nanoseconds with three significant digits: two values share a
/// bucket only if they differ by less than 0.1 %. Its memory is fixed (about 216 KiB) and record()
/// neither allocates nor branches on what was recorded before.
///
/// The layout is Gil Tene's HdrHistogram with lowest discernible value 1, highest trackable value
/// 60 s and 3 digits: 2048 linear steps, then 1024 more for each doubling. Keeping it identical is
/// what lets other tools read our logs (github.com/HdrHistogram/HdrHistogram,
/// AbstractHistogram.java).
class Histogram {
 public:
  static constexpr std::int64_t highest_value_ns = 60'000'000'000;
  static constexpr int significant_digits = 3;
  static constexpr int sub_bucket_count = 2048;
  static constexpr int bucket_count = 26;  // the smallest n with 2048 << (n - 1) > 60e9
  static constexpr std::size_t counts_size = (bucket_count + 1) * sub_bucket_count / 2;

  /// All values from lowest_ns to highest_ns were counted as one.
  struct Bucket {
    std::int64_t lowest_ns;
    std::int64_t highest_ns;
    std::uint64_t count;
    bool operator==(const Bucket&) const = default;
  };

  Histogram();

  /// Counts `value_ns` `count` times. A negative value counts as 0 and one above 60 s as 60 s: a
  /// measurement that went wrong by so much must still be seen in the tail.
  void record(std::int64_t value_ns, std::uint64_t count = 1) noexcept {
    const std::int64_t value =
        value_ns < 0 ? 0 : (value_ns > highest_value_ns ? highest_value_ns : value_ns);
    counts_[index_of(value)] += count;
    total_ += count;
    sum_ns_ += static_cast<std::uint64_t>(value) * count;
    if (value > max_ns_) max_ns_ = value;
    if (value < min_ns_) min_ns_ = value;
  }

  void merge(const Histogram& other);
  void clear();

  [[nodiscard]] std::uint64_t count() const noexcept { return total_; }
  /// Exact extremes and mean of what was recorded; 0 when nothing was.
  [[nodiscard]] std::int64_t min_ns() const noexcept { return total_ == 0 ? 0 : min_ns_; }
  [[nodiscard]] std::int64_t max_ns() const noexcept { return max_ns_; }
  [[nodiscard]] double mean_ns() const noexcept;
  [[nodiscard]] double standard_deviation_ns() const;

  /// The smallest value such that at least `percentile` per cent of what was recorded is not above
  /// it, as the highest value of its bucket but never above the maximum. 0 when empty.
  [[nodiscard]] std::int64_t percentile_ns(double percentile) const;

  /// The buckets that hold something, in ascending order.
  [[nodiscard]] std::vector<Bucket> buckets() const;

  /// The raw cells in HdrHistogram's order: what its log format stores.
  [[nodiscard]] const std::vector<std::uint64_t>& counts() const noexcept { return counts_; }
  [[nodiscard]] static Bucket bucket_at(std::size_t index, std::uint64_t count) noexcept;
  [[nodiscard]] static constexpr std::size_t index_of(std::int64_t value_ns) noexcept {
    const auto value = static_cast<std::uint64_t>(value_ns);
    const int bucket =
        static_cast<int>(std::bit_width(value | (sub_bucket_count - 1))) - sub_bucket_bits;
    const auto sub_bucket = static_cast<std::size_t>(value >> bucket);
    return (static_cast<std::size_t>(bucket) << (sub_bucket_bits - 1)) + sub_bucket;
  }

 private:
  static constexpr int sub_bucket_bits = 11;
  static_assert(1 << sub_bucket_bits == sub_bucket_count);

  /// Between which cells all that was recorded lies: a slice fills few of them, and is cleared,
  /// merged and read between two slices, while everybody waits.
  [[nodiscard]] std::pair<std::size_t, std::size_t> filled() const noexcept;

  std::vector<std::uint64_t> counts_;
  std::uint64_t total_ = 0;
  std::uint64_t sum_ns_ = 0;
  std::int64_t max_ns_ = 0;
  std::int64_t min_ns_ = highest_value_ns;
};

}  // namespace iolab
