#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "experiments/loadgen/interval_series.hpp"
#include "experiments/loadgen/local_address.hpp"
#include "experiments/loadgen/random_order.hpp"
#include "experiments/loadgen/ring_queue.hpp"
#include "experiments/loadgen/tally.hpp"

namespace iolab::loadgen {
namespace {

using boost::asio::ip::make_address;
using boost::asio::ip::tcp;

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

TEST(Tally, CountsServiceFromSendingAndResponseFromIntention) {
  Tally tally;
  tally.open = true;
  tally.count_reply({100, 130}, 200);
  EXPECT_EQ(tally.service.max_ns(), 70);
  EXPECT_EQ(tally.response.max_ns(), 100);
  EXPECT_EQ(tally.messages, 1U);
}

TEST(Tally, MergesThreads) {
  Tally first, second;
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

TEST(LocalEndpoint, IsLeftToTheSystemForFewConnections) {
  const tcp::endpoint loopback(make_address("127.0.0.1"), 80);
  EXPECT_FALSE(local_endpoint(0, {}, loopback).has_value());
  EXPECT_FALSE(local_endpoint(15'999, {}, loopback).has_value());
}

TEST(LocalEndpoint, MovesToFurtherLoopbackAddresses) {
  const tcp::endpoint loopback(make_address("127.0.0.1"), 80);
  EXPECT_EQ(local_endpoint(16'000, {}, loopback), tcp::endpoint(make_address("127.0.0.2"), 0));
  EXPECT_EQ(local_endpoint(40'000, {}, loopback), tcp::endpoint(make_address("127.0.0.3"), 0));
  EXPECT_FALSE(local_endpoint(40'000, {}, tcp::endpoint(make_address("10.0.0.1"), 80)).has_value());
  EXPECT_FALSE(local_endpoint(40'000, {}, tcp::endpoint(make_address("::1"), 80)).has_value());
}

TEST(LocalEndpoint, TakesTurnsWhenSomeAreGiven) {
  const tcp::endpoint server(make_address("10.0.0.1"), 80);
  const std::vector addresses{make_address("10.0.0.7"), make_address("10.0.0.8")};
  EXPECT_EQ(local_endpoint(0, addresses, server)->address(), addresses[0]);
  EXPECT_EQ(local_endpoint(1, addresses, server)->address(), addresses[1]);
  EXPECT_EQ(local_endpoint(2, addresses, server)->address(), addresses[0]);
}

TEST(RandomOrder, IsAFairPermutation) {
  std::mt19937_64 random(1);
  std::map<std::vector<std::size_t>, int> seen;
  for (int i = 0; i < 6000; ++i) ++seen[random_order(3, random)];
  ASSERT_EQ(seen.size(), 6U);
  for (const auto& [order, times] : seen) EXPECT_NEAR(times, 1000, 130);
}

TEST(RandomOrder, FollowsFromTheSeedOnEverySystem) {
  std::mt19937_64 random(1);
  const auto first = random_order(5, random);
  std::mt19937_64 again(1);
  EXPECT_EQ(random_order(5, again), first);
  EXPECT_EQ(first, (std::vector<std::size_t>{1, 4, 0, 2, 3}));
}

TEST(RingQueue, IsFirstInFirstOut) {
  RingQueue<int> queue(3);
  int next_in = 0, next_out = 0;
  for (int round = 0; round < 100; ++round) {
    while (queue.size() < 3) queue.push(next_in++);
    EXPECT_EQ(queue.pop(), next_out++);
    EXPECT_EQ(queue.pop(), next_out++);
  }
  EXPECT_EQ(queue.size(), 1U);
  EXPECT_EQ(queue.pop(), next_out);
  EXPECT_TRUE(queue.empty());
}

}  // namespace
}  // namespace iolab::loadgen
