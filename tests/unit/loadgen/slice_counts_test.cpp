#include "experiments/loadgen/results/slice_counts.hpp"

#include <gtest/gtest.h>

namespace iolab::loadgen {

namespace {

TEST(SliceCounts, CountsServiceFromSendingAndResponseFromIntention) {
  SliceCounts counts;
  counts.open = true;
  counts.count_reply({100, 130}, 200);
  EXPECT_EQ(counts.service.max_ns(), 70);
  EXPECT_EQ(counts.response.max_ns(), 100);
  EXPECT_EQ(counts.messages, 1U);
}

TEST(SliceCounts, CountsWhatTheLeadInAsksButNotHowLateItWas) {
  SliceCounts counts;
  counts.open = true;
  counts.counted_from_ns = 100;
  counts.count_reply({99, 99}, 200);
  counts.count_reply({100, 100}, 200);
  counts.count_response(99, 500);
  EXPECT_EQ(counts.messages, 2U);
  EXPECT_EQ(counts.service.count(), 1U);
  EXPECT_EQ(counts.response.count(), 1U);
  EXPECT_EQ(counts.responses.size(), 1U);
}

TEST(SliceCounts, MergesThreads) {
  SliceCounts first, second;
  first.count_reply({0, 0}, 5);
  first.min_per_connection = 3;
  first.max_per_connection = 4;
  first.generator_cpu_ns = first.generator_busiest_ns = 10;
  first.end_ns = 50;
  second.count_reply({0, 0}, 6);
  second.min_per_connection = 2;
  second.max_per_connection = 3;
  second.generator_cpu_ns = second.generator_busiest_ns = 30;
  second.end_ns = 40;
  first.merge(second);
  EXPECT_EQ(first.messages, 2U);
  EXPECT_EQ(first.service.count(), 2U);
  EXPECT_EQ(first.min_per_connection, 2U);
  EXPECT_EQ(first.max_per_connection, 4U);
  EXPECT_EQ(first.generator_cpu_ns, 40);
  EXPECT_EQ(first.generator_busiest_ns, 30);
  EXPECT_EQ(first.end_ns, 50);
}

}  // namespace
}  // namespace iolab::loadgen
