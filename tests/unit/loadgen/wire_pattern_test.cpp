#include "experiments/loadgen/wire/wire_pattern.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace iolab::loadgen {
namespace {

std::string text_at(const WirePattern& pattern, std::size_t position, std::size_t size) {
  const auto bytes = pattern.bytes(position, size);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(WirePattern, MessagesOfTheCircleDiffer) {
  const WirePattern pattern(Protocol::echo, 68, 68);
  std::set<std::string> seen;
  std::size_t position = 0;
  for (std::size_t i = 0; i < pattern.message_count(); ++i) {
    seen.insert(text_at(pattern, position, 68));
    position = pattern.advance(position, 68);
  }
  EXPECT_EQ(seen.size(), pattern.message_count());
  EXPECT_EQ(position, 0U) << "once around";
  EXPECT_GE(pattern.message_count(), 900U);
}

TEST(WirePattern, GoesOnPastTheEndOfTheCircle) {
  const WirePattern pattern(Protocol::echo, 100, 1000);
  const std::size_t last = pattern.message_count() * 100 - 100;
  const std::string run = text_at(pattern, last, 1000);
  EXPECT_EQ(run.substr(0, 100), text_at(pattern, last, 100));
  EXPECT_EQ(run.substr(100), text_at(pattern, 0, 900));
}

TEST(WirePattern, FramesCarryTheirLength) {
  const WirePattern pattern(Protocol::framed, 70'004, 64 * 1024);
  const std::string header = text_at(pattern, 70'004, 4);
  EXPECT_EQ(header, std::string("\x00\x01\x11\x70", 4)) << "70000, the most significant byte first";
}

TEST(WirePattern, TheSmallestFrameIsEmpty) {
  const WirePattern pattern(Protocol::framed, 4, 4);
  EXPECT_EQ(text_at(pattern, 0, 4), std::string(4, '\0'));
}

TEST(WirePattern, ConnectionsBeginApart) {
  const WirePattern pattern(Protocol::echo, 68, 68);
  std::set<std::size_t> starts;
  for (std::size_t i = 0; i < 500; ++i) {
    EXPECT_EQ(pattern.start_of(i) % 68, 0U);
    starts.insert(pattern.start_of(i));
  }
  EXPECT_EQ(starts.size(), 500U);
}

TEST(WirePattern, ARunIsNeverLongerThanTheCircle) {
  for (const std::size_t size : {1U, 2U, 67U, 68U, 65'535U, 65'536U, 65'537U, 1'000'000U}) {
    const WirePattern pattern(Protocol::echo, size, 64 * 1024);
    EXPECT_GE(pattern.message_count() * size, pattern.longest_run()) << size;
  }
}

}  // namespace
}  // namespace iolab::loadgen
