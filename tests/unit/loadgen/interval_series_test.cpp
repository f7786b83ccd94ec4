#include "experiments/loadgen/results/interval_series.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace iolab::loadgen {

namespace {

TEST(IntervalSeries, SortsByTheTimeOfTheReply) {
  IntervalSeries series(1000, 100);
  series.record(1000, 7);
  series.record(1099, 8);
  series.record(1100, 9);
  series.record(1450, 10);
  const auto intervals = series.finish();
  ASSERT_EQ(intervals.size(), 5U);
  EXPECT_EQ(to_histogram(intervals[0]).count(), 2U);
  EXPECT_EQ(to_histogram(intervals[1]).max_ns(), 9);
  EXPECT_TRUE(intervals[2].empty());
  EXPECT_TRUE(intervals[3].empty());
  EXPECT_EQ(to_histogram(intervals[4]).max_ns(), 10);
}

TEST(IntervalSeries, MergesThreadsIntervalByInterval) {
  std::vector<IntervalSeries::Buckets> sum{{{5, 5, 1}}};
  merge_intervals(sum, {{{5, 5, 2}, {6, 6, 1}}, {{7, 7, 1}}});
  ASSERT_EQ(sum.size(), 2U);
  EXPECT_EQ(to_histogram(sum[0]).buckets(), (IntervalSeries::Buckets{{5, 5, 3}, {6, 6, 1}}));
  EXPECT_EQ(to_histogram(sum[1]).buckets(), (IntervalSeries::Buckets{{7, 7, 1}}));
}

TEST(IntervalLength, IsCutByTheEndOfTheSlice) {
  EXPECT_EQ(interval_length(100, 250), 100);
  EXPECT_EQ(interval_length(100, 40), 40);
  EXPECT_EQ(interval_length(100, 0), 1) << "never nothing: it is divided by";
}

}  // namespace
}  // namespace iolab::loadgen
