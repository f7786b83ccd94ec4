#include <gtest/gtest.h>
#include <unistd.h>

#include <set>

#include "experiments/loadgen/results/histogram_codec.hpp"
#include "tests/unit/loadgen/runs/captured_run.hpp"
#include "tests/unit/loadgen/runs/scripted_server.hpp"

namespace iolab::loadgen {
namespace {

struct Shape {
  Protocol protocol;
  unsigned connections, depth, threads;
  std::size_t size;
};

class ClosedLoopShapes : public testing::TestWithParam<Shape> {};

TEST_P(ClosedLoopShapes, EveryReplyIsRightAndCounted) {
  ScriptedServer server(echo);
  RunOptions options = short_run(server.port());
  options.protocol = GetParam().protocol;
  options.connections = GetParam().connections;
  options.depth = GetParam().depth;
  options.threads = GetParam().threads;
  options.size = GetParam().size;
  const Outcome outcome = run(options);
  EXPECT_EQ(outcome.status, 0) << outcome.errors;
  EXPECT_EQ(outcome.errors, "");
  EXPECT_EQ(outcome.of_kind("run").size(), 1U);
  std::uint64_t messages = 0;
  for (const auto& slice : outcome.of_kind("slice")) {
    messages += slice["messages"].get<std::uint64_t>();
    EXPECT_EQ(slice["service"]["count"], slice["messages"]);
    EXPECT_GE(slice["fairness"]["min_messages"], 1);
    EXPECT_GE(slice["duration_ns"], options.slice_ns);
    EXPECT_GT(slice["ramp_ns"], 0);
    EXPECT_LT(slice["ramp_ns"], slice["duration_ns"]);
  }
  EXPECT_EQ(outcome.summary()["messages"], messages);
  EXPECT_GE(messages, options.rounds * options.connections * options.depth);
  const std::string service = outcome.summary()["histograms"]["service"];
  EXPECT_EQ(decode_histogram(service).count(), messages);
}

INSTANTIATE_TEST_SUITE_P(Loadgen, ClosedLoopShapes,
                         testing::Values(Shape{Protocol::echo, 1, 1, 1, 1},
                                         Shape{Protocol::echo, 10, 1, 1, 68},
                                         Shape{Protocol::framed, 10, 16, 1, 68},
                                         Shape{Protocol::framed, 7, 3, 2, 4},
                                         Shape{Protocol::echo, 3, 1, 3, 100'000},
                                         Shape{Protocol::framed, 2, 5, 1, 300'000},
                                         Shape{Protocol::echo, 300, 2, 2, 10}));

TEST(ClosedLoop, TakesRepliesByteByByte) {
  ScriptedServer server(echo, 1);
  RunOptions options = short_run(server.port());
  options.protocol = Protocol::framed;
  options.depth = 4;
  options.size = 9;
  const Outcome outcome = run(options);
  EXPECT_EQ(outcome.status, 0) << outcome.errors;
  EXPECT_GT(outcome.summary()["messages"], 40);
}

TEST(ClosedLoop, VisitsEveryTargetOncePerRoundInRandomOrder) {
  ScriptedServer server(echo);
  RunOptions options = short_run(server.port());
  options.targets.push_back({"y", "127.0.0.1", std::to_string(server.port()), std::nullopt});
  options.targets.push_back({"z", "127.0.0.1", std::to_string(server.port()), std::nullopt});
  options.connections = 2;
  options.slice_ns = 1'000'000;
  options.rounds = 20;
  const Outcome outcome = run(options);
  ASSERT_EQ(outcome.status, 0);
  std::set<std::string> orders;
  const auto slices = outcome.of_kind("slice");
  ASSERT_EQ(slices.size(), 60U);
  std::int64_t end = 0;
  for (std::size_t round = 0; round < 20; ++round) {
    std::string order;
    for (std::size_t position = 0; position < 3; ++position) {
      const auto& slice = slices[3 * round + position];
      EXPECT_EQ(slice["round"], round);
      EXPECT_EQ(slice["position"], position);
      EXPECT_GE(slice["begin_ns"], end) << "slices do not overlap";
      end = slice["begin_ns"].get<std::int64_t>() + slice["duration_ns"].get<std::int64_t>();
      order += slice["target"].get<std::string>();
    }
    EXPECT_EQ(std::set<char>(order.begin(), order.end()).size(), 3U) << order;
    orders.insert(order);
  }
  EXPECT_GE(orders.size(), 4U) << "of six";
}

TEST(ClosedLoop, MeasuresTheServersProcess) {
  ScriptedServer server(echo);
  RunOptions options = short_run(server.port());
  options.targets[0].pid = ::getpid();
  const Outcome outcome = run(options);
  for (const auto& slice : outcome.of_kind("slice")) {
    EXPECT_GT(slice["server_cpu_ns"], slice["generator_cpu_ns"]) << "the process is both here";
    EXPECT_GT(slice["generator_cpu_ns"], 0);
  }
}

TEST(ClosedLoop, ServerCpuIsNullWithoutAProcess) {
  ScriptedServer server(echo);
  EXPECT_TRUE(run(short_run(server.port())).of_kind("slice").at(0)["server_cpu_ns"].is_null());
}

TEST(ClosedLoop, ReplacesConnections) {
  ScriptedServer server(echo);
  RunOptions options = short_run(server.port());
  options.churn = 5;
  options.depth = 3;
  const Outcome outcome = run(options);
  EXPECT_EQ(outcome.status, 0) << outcome.errors;
  std::uint64_t connects = 0;
  for (const auto& slice : outcome.of_kind("slice"))
    connects += slice["connect"]["count"].get<std::uint64_t>();
  EXPECT_GE(connects, outcome.summary()["messages"].get<std::uint64_t>() / 5 - 3 * 10);
  EXPECT_GE(server.accepted(), connects);
}

TEST(ClosedLoop, HoldsIdleConnections) {
  ScriptedServer server(echo);
  RunOptions options = short_run(server.port());
  options.idle = 25;
  options.threads = 2;
  const Outcome outcome = run(options);
  EXPECT_EQ(outcome.status, 0) << outcome.errors;
  EXPECT_EQ(server.accepted(), 35U);
  EXPECT_EQ(outcome.summary()["idle_closed"], 0);
}

TEST(ClosedLoop, OpensConnectionsAsSlowlyAsAsked) {
  ScriptedServer server(echo);
  RunOptions options = short_run(server.port());
  options.connections = 20;
  options.connect_rate_per_s = 100;
  const Nanoseconds begin = now_ns();
  EXPECT_EQ(run(options).status, 0);
  EXPECT_GE(now_ns() - begin, 190'000'000);
}

TEST(ClosedLoop, ReportsIntervals) {
  ScriptedServer server(echo);
  RunOptions options = short_run(server.port());
  options.interval_ns = 5'000'000;
  options.rounds = 1;
  const Outcome outcome = run(options);
  const auto intervals = outcome.of_kind("interval");
  ASSERT_GE(intervals.size(), 4U);
  std::uint64_t messages = 0;
  for (const auto& interval : intervals) {
    messages += interval["messages"].get<std::uint64_t>();
    EXPECT_LE(interval["duration_ns"], options.interval_ns);
  }
  EXPECT_EQ(outcome.summary()["messages"], messages);
}

}  // namespace
}  // namespace iolab::loadgen
