#include "experiments/loadgen/pace/ring_queue.hpp"

#include <gtest/gtest.h>

namespace iolab::loadgen {

namespace {

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
