#include "shared/server/ticker.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace iolab {
namespace {

using namespace std::chrono_literals;

TEST(Ticker, IsNotDueBeforeItsPeriod) {
  Ticker ticker(1h);
  EXPECT_FALSE(ticker.due());
  EXPECT_GT(ticker.time_left(), 59min);
  EXPECT_LE(ticker.time_left(), 1h);
}

TEST(Ticker, IsDueAfterItsPeriod) {
  Ticker ticker(5ms);
  for (int i = 0; i < 3; ++i) {
    std::this_thread::sleep_for(6ms);
    EXPECT_TRUE(ticker.due());
  }
}

TEST(Ticker, DoesNotMakeUpForPeriodsUnseen) {
  Ticker ticker(400ms);
  std::this_thread::sleep_for(900ms);
  EXPECT_TRUE(ticker.due());
  EXPECT_FALSE(ticker.due());
}

TEST(Ticker, HasNoTimeLeftWhenItIsLate) {
  Ticker ticker(1ns);
  std::this_thread::sleep_for(1ms);
  (void)ticker.due();
  EXPECT_GE(ticker.time_left(), 0ns);
}

}  // namespace
}  // namespace iolab
