#include "experiments/loadgen/options/target.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace iolab::loadgen {
namespace {

TEST(Target, HasNameHostAndPort) {
  const Target target = parse_target("reactor-libevent=127.0.0.1:4000");
  EXPECT_EQ(target.name, "reactor-libevent");
  EXPECT_EQ(target.host, "127.0.0.1");
  EXPECT_EQ(target.port, "4000");
  EXPECT_FALSE(target.pid.has_value());
}

TEST(Target, MayHaveAProcess) {
  const Target target = parse_target("a#control=localhost:1,pid=4711");
  EXPECT_EQ(target.name, "a#control");
  EXPECT_EQ(target.host, "localhost");
  EXPECT_EQ(target.pid, 4711);
}

TEST(Target, MayBeOnIpVersion6) {
  const Target target = parse_target("a=[::1]:80");
  EXPECT_EQ(target.host, "::1");
  EXPECT_EQ(target.port, "80");
}

TEST(Target, RefusesAnythingElseAndQuotesIt) {
  for (const char* text : {"", "a", "=h:1", "a=", "a=h", "a=:1", "a=h:", "a=h:0", "a=h:65536",
                           "a=h:x", "a=h:1x", "a=h:1,", "a=h:1,pid", "a=h:1,pid=", "a=h:1,pid=0",
                           "a=h:1,pid=-3", "a=h:1,pid=x", "a=h:1,cpu=3"}) {
    try {
      static_cast<void>(parse_target(text));
      ADD_FAILURE() << "accepted '" << text << "'";
    } catch (const std::invalid_argument& error) {
      EXPECT_NE(std::string(error.what()).find("'" + std::string(text) + "'"), std::string::npos);
    }
  }
}

TEST(Targets, HaveDifferentNames) {
  EXPECT_EQ(parse_targets({"a=h:1", "b=h:1"}).size(), 2U);
  EXPECT_THROW(static_cast<void>(parse_targets({"a=h:1", "a=h:2"})), std::invalid_argument);
}

}  // namespace
}  // namespace iolab::loadgen
