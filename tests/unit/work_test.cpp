#include "shared/protocol/work.hpp"

#include <gtest/gtest.h>

#include <ctime>
#include <thread>
#include <vector>

namespace iolab {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

std::chrono::nanoseconds time_of(Work& work, int messages) {
  const auto begin = Clock::now();
  for (int i = 0; i < messages; ++i) work.process();
  return Clock::now() - begin;
}

TEST(Work, BlocksOnEveryNthMessage) {
  Work work(10, Work::Kind::block, 200ms);
  EXPECT_LT(time_of(work, 9), 200ms);
  EXPECT_GE(time_of(work, 1), 200ms);
  EXPECT_GE(time_of(work, 20), 400ms);
}

TEST(Work, SpinsOnEveryNthMessage) {
  Work work(2, Work::Kind::spin, 10ms);
  EXPECT_GE(time_of(work, 4), 20ms);
}

TEST(Work, SpinningUsesTheCpuAndBlockingDoesNot) {
  const auto cpu_time_of = [](Work::Kind kind) {
    Work work(1, kind, 50ms);
    const std::clock_t before = std::clock();
    work.process();
    return static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
  };
  EXPECT_LT(cpu_time_of(Work::Kind::block), 0.02);
  EXPECT_GT(cpu_time_of(Work::Kind::spin), cpu_time_of(Work::Kind::block));
}

TEST(Work, IsNothingByDefault) {
  Work work;
  EXPECT_LT(time_of(work, 1000), 1s);
}

TEST(Work, CountsTheMessagesOfAllThreads) {
  Work work(200, Work::Kind::block, 30ms);
  const auto begin = Clock::now();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 50; ++n) work.process();
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_GE(Clock::now() - begin, 30ms);
}

}  // namespace
}  // namespace iolab
