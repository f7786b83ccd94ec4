#include "shared/program/units.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace iolab {
namespace {

using namespace std::chrono_literals;

TEST(Duration, HasUnits) {
  EXPECT_EQ(parse_duration("150ns"), 150ns);
  EXPECT_EQ(parse_duration("10us"), 10us);
  EXPECT_EQ(parse_duration("5ms"), 5ms);
  EXPECT_EQ(parse_duration("60s"), 60s);
  EXPECT_EQ(parse_duration("0"), 0ns);
  EXPECT_EQ(parse_duration("0s"), 0ns);
}

TEST(Duration, IsNothingElse) {
  for (const char* text : {"", "60", "s", "-5s", "+5s", " 5s", "5s ", "5 s", "1.5s", "5m", "5S",
                           "0x5s", "99999999999999999999s", "9223372037s"}) {
    EXPECT_THROW((void)parse_duration(text), std::invalid_argument) << text;
  }
}

TEST(Duration, MayBeAsLongAsTheClockCounts) {
  EXPECT_EQ(parse_duration("9223372036s"), 9223372036s);
}

TEST(Size, HasUnits) {
  EXPECT_EQ(parse_size("0"), 0);
  EXPECT_EQ(parse_size("4096"), 4096);
  EXPECT_EQ(parse_size("16KiB"), 16 * 1024);
  EXPECT_EQ(parse_size("3MiB"), 3 * 1024 * 1024);
}

TEST(Size, IsNothingElse) {
  for (const char* text : {"", "KiB", "16kB", "16 KiB", "-1", "1GiB", "1e3", "0x10",
                           "9999999999999999MiB", "18446744073709551616"}) {
    EXPECT_THROW((void)parse_size(text), std::invalid_argument) << text;
  }
}

TEST(Count, IsAPlainNumber) {
  EXPECT_EQ(parse_count("0"), 0);
  EXPECT_EQ(parse_count("1000"), 1000);
  for (const char* text : {"", "-1", "1KiB", "1.0", "0x10", "many"}) {
    EXPECT_THROW((void)parse_count(text), std::invalid_argument) << text;
  }
}

TEST(Units, ErrorsSayWhatWasFoundAndWhatWasExpected) {
  try {
    (void)parse_duration("12parsecs");
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("'12parsecs'"));
    EXPECT_THAT(error.what(), testing::HasSubstr("60s"));
  }
}

}  // namespace
}  // namespace iolab
