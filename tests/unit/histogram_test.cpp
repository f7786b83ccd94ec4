#include "shared/measure/histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace iolab {
namespace {

std::vector<std::int64_t> log_uniform_values(std::size_t count) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> exponent(0.0, std::log(6e10));
  std::vector<std::int64_t> values(count);
  for (auto& value : values) value = static_cast<std::int64_t>(std::exp(exponent(random)));
  return values;
}

TEST(Histogram, IsEmptyAtFirst) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0U);
  EXPECT_EQ(histogram.min_ns(), 0);
  EXPECT_EQ(histogram.max_ns(), 0);
  EXPECT_EQ(histogram.mean_ns(), 0.0);
  EXPECT_EQ(histogram.percentile_ns(99), 0);
  EXPECT_TRUE(histogram.buckets().empty());
}

TEST(Histogram, KeepsSmallValuesExactly) {
  Histogram histogram;
  for (std::int64_t value = 0; value < 2048; ++value) histogram.record(value);
  const auto buckets = histogram.buckets();
  ASSERT_EQ(buckets.size(), 2048U);
  for (std::int64_t value = 0; value < 2048; ++value) {
    EXPECT_EQ(buckets[static_cast<std::size_t>(value)], (Histogram::Bucket{value, value, 1}));
  }
}

TEST(Histogram, KeepsThreeDigitsOfAnyValue) {
  for (const std::int64_t value : log_uniform_values(10'000)) {
    const auto bucket = Histogram::bucket_at(Histogram::index_of(value), 1);
    ASSERT_LE(bucket.lowest_ns, value);
    ASSERT_GE(bucket.highest_ns, value);
    ASSERT_LT(static_cast<double>(bucket.highest_ns - bucket.lowest_ns),
              1e-3 * static_cast<double>(value) + 1);
  }
}

TEST(Histogram, BucketsFollowEachOtherWithoutGap) {
  std::int64_t next = 0;
  for (std::size_t i = 0; i < Histogram::counts_size; ++i) {
    const auto bucket = Histogram::bucket_at(i, 0);
    ASSERT_EQ(bucket.lowest_ns, next) << i;
    ASSERT_EQ(Histogram::index_of(bucket.lowest_ns), i);
    ASSERT_EQ(Histogram::index_of(bucket.highest_ns), i);
    next = bucket.highest_ns + 1;
  }
  EXPECT_GT(next, Histogram::highest_value_ns);
}

TEST(Histogram, FindsPercentilesOfARealDistribution) {
  auto values = log_uniform_values(100'000);
  Histogram histogram;
  for (const auto value : values) histogram.record(value);
  std::sort(values.begin(), values.end());
  for (const double percentile : {1.0, 50.0, 90.0, 99.0, 99.9, 99.99}) {
    const auto rank = static_cast<std::size_t>(std::ceil(percentile / 100 * 100'000)) - 1;
    const auto exact = static_cast<double>(values[rank]);
    EXPECT_NEAR(static_cast<double>(histogram.percentile_ns(percentile)), exact, exact * 1e-3 + 1);
  }
  EXPECT_EQ(histogram.percentile_ns(100), values.back());
  EXPECT_EQ(histogram.max_ns(), values.back());
  EXPECT_EQ(histogram.min_ns(), values.front());
}

TEST(Histogram, PercentileIsTheSmallestValueThatCoversTheShare) {
  Histogram histogram;
  for (std::int64_t value = 1; value <= 100; ++value) histogram.record(value);
  EXPECT_EQ(histogram.percentile_ns(0), 1);
  EXPECT_EQ(histogram.percentile_ns(50), 50);
  EXPECT_EQ(histogram.percentile_ns(50.1), 51);
  EXPECT_EQ(histogram.percentile_ns(99), 99);
  EXPECT_EQ(histogram.percentile_ns(100), 100);
}

TEST(Histogram, MeanIsExactAndDeviationNearlySo) {
  Histogram histogram;
  histogram.record(1'000'000, 3);
  histogram.record(5'000'001);
  EXPECT_DOUBLE_EQ(histogram.mean_ns(), 2'000'000.25);
  EXPECT_NEAR(histogram.standard_deviation_ns(), 1'732'051, 2'000);
}

TEST(Histogram, ClampsWhatItCannotHold) {
  Histogram histogram;
  histogram.record(-5);
  histogram.record(Histogram::highest_value_ns + 1);
  EXPECT_EQ(histogram.count(), 2U);
  EXPECT_EQ(histogram.min_ns(), 0);
  EXPECT_EQ(histogram.max_ns(), Histogram::highest_value_ns);
}

TEST(Histogram, MergesAsIfRecordedTogether) {
  Histogram first, second, both;
  for (const auto value : log_uniform_values(1'000)) {
    (value % 3 == 0 ? first : second).record(value);
    both.record(value);
  }
  first.merge(second);
  EXPECT_EQ(first.buckets(), both.buckets());
  EXPECT_EQ(first.count(), both.count());
  EXPECT_EQ(first.min_ns(), both.min_ns());
  EXPECT_EQ(first.max_ns(), both.max_ns());
  EXPECT_DOUBLE_EQ(first.mean_ns(), both.mean_ns());
}

TEST(Histogram, MergingNothingChangesNothing) {
  Histogram histogram;
  histogram.record(77);
  histogram.merge(Histogram());
  EXPECT_EQ(histogram.min_ns(), 77);
  EXPECT_EQ(histogram.count(), 1U);
}

TEST(Histogram, ForgetsAllWhenCleared) {
  Histogram histogram;
  for (const auto value : log_uniform_values(1'000)) histogram.record(value);
  histogram.clear();
  EXPECT_TRUE(histogram.buckets().empty());
  histogram.record(500);
  EXPECT_EQ(histogram.min_ns(), 500);
  EXPECT_EQ(histogram.max_ns(), 500);
  EXPECT_EQ(histogram.count(), 1U);
}

}  // namespace
}  // namespace iolab
