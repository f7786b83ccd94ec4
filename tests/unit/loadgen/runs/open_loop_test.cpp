#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "tests/unit/loadgen/runs/captured_run.hpp"
#include "tests/unit/loadgen/runs/scripted_server.hpp"

namespace iolab::loadgen {
namespace {

constexpr Nanoseconds ms = 1'000'000;

RunOptions open_run(std::uint16_t port, double rate_per_s) {
  RunOptions options = short_run(port);
  options.rate_per_s = rate_per_s;
  options.slice_ns = 200 * ms;
  options.rounds = 2;
  return options;
}

// Answers at once, but not at all during `stall` out of every `period`.
ScriptedServer::Script stalling(Nanoseconds period, Nanoseconds stall) {
  return [=](const std::string& bytes, std::size_t) {
    const Nanoseconds phase = now_ns() % period;
    if (phase < stall) std::this_thread::sleep_for(std::chrono::nanoseconds(stall - phase));
    return std::optional(bytes);
  };
}

TEST(OpenLoop, SendsWhatIsScheduled) {
  ScriptedServer server(echo);
  const Outcome outcome = run(open_run(server.port(), 2000));
  EXPECT_EQ(outcome.status, 0) << outcome.errors;
  for (const auto& slice : outcome.of_kind("slice")) {
    EXPECT_NEAR(slice["scheduled"].get<double>(), 400, 100);
    EXPECT_EQ(slice["messages"], slice["scheduled"]);
    EXPECT_EQ(slice["skipped"], 0);
    EXPECT_EQ(slice["timed_out"], 0);
    EXPECT_GE(slice["in_time"].get<double>(), slice["scheduled"].get<double>() - 100);
    for (const char* kind : {"response", "service", "send_lag"})
      EXPECT_EQ(slice[kind]["count"], slice["scheduled"]);
    EXPECT_GE(slice["duration_ns"], 200 * ms);
    EXPECT_GE(slice["response"]["p50_ns"], slice["service"]["p50_ns"]);
  }
}

TEST(OpenLoop, SendsInTheLeadInButKeepsItOutOfTheHistograms) {
  ScriptedServer server(echo);
  RunOptions options = open_run(server.port(), 2000);
  options.lead_in_ns = 100 * ms;
  for (const auto& slice : run(options).of_kind("slice")) {
    EXPECT_EQ(slice["messages"], slice["scheduled"]);
    EXPECT_NEAR(slice["scheduled"].get<double>(), 400, 100);
    EXPECT_NEAR(slice["response"]["count"].get<double>(), 200, 80);
    for (const char* kind : {"service", "send_lag"})
      EXPECT_EQ(slice[kind]["count"], slice["response"]["count"]);
    EXPECT_LE(slice["undisturbed"]["count"], slice["response"]["count"]);
    EXPECT_TRUE(slice["server_stalls"].is_null()) << "no core is watched";
  }
}

TEST(OpenLoop, GivesAllTargetsTheSameArrivals) {
  ScriptedServer server(echo);
  RunOptions options = open_run(server.port(), 3000);
  options.targets.push_back({"y", "127.0.0.1", std::to_string(server.port()), std::nullopt});
  options.threads = 2;
  options.slice_ns = 50 * ms;
  options.rounds = 4;
  const auto slices = run(options).of_kind("slice");
  ASSERT_EQ(slices.size(), 8U);
  for (std::size_t i = 0; i < 8; i += 2)
    EXPECT_EQ(slices[i]["scheduled"], slices[i + 1]["scheduled"]);
  EXPECT_NE(slices[0]["scheduled"], slices[2]["scheduled"]) << "rounds differ, as a rule";
}

TEST(OpenLoop, UniformArrivalsAreCountedExactly) {
  ScriptedServer server(echo);
  RunOptions options = open_run(server.port(), 1000);
  options.arrivals = ArrivalProcess::uniform;
  options.threads = 2;
  for (const auto& slice : run(options).of_kind("slice")) EXPECT_EQ(slice["scheduled"], 200);
}

TEST(OpenLoop, AStallShowsInTheResponseTimesThoughNotInAClosedLoop) {
  ScriptedServer server(stalling(500 * ms, 150 * ms));
  RunOptions options = open_run(server.port(), 1000);
  options.connections = 5;
  options.slice_ns = 1000 * ms;
  const Outcome open = run(options);
  ASSERT_EQ(open.status, 0) << open.errors;
  for (const auto& slice : open.of_kind("slice")) {
    // 30 % of the requests are due during a stall and wait half of it on average.
    EXPECT_GT(slice["response"]["p90_ns"], 60 * ms);
    EXPECT_GT(slice["response"]["p99_ns"], 100 * ms);
    EXPECT_GT(slice["late"], 100);
    EXPECT_EQ(slice["messages"], slice["scheduled"]) << "all are answered in the end";
  }
  options.rate_per_s.reset();
  for (const auto& slice : run(options).of_kind("slice"))
    EXPECT_LT(slice["service"]["p99_ns"], 50 * ms);
}

TEST(OpenLoop, NeverHasMoreThanTheDepthInFlight) {
  std::atomic<std::size_t> most = 0;
  ScriptedServer server([&](const std::string& bytes, std::size_t) {
    most = std::max(most.load(), bytes.size());
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    return std::optional(bytes);
  });
  RunOptions options = open_run(server.port(), 5000);
  options.connections = 1;
  options.depth = 3;
  options.rounds = 1;
  const Outcome outcome = run(options);
  EXPECT_EQ(most, 3U * options.size) << "used, and not exceeded";
  EXPECT_GT(outcome.of_kind("slice").at(0)["late"], 100);
}

TEST(OpenLoop, CountsWhatItGaveUp) {
  ScriptedServer server([](const std::string& bytes, std::size_t before) {
    return std::optional(before > 20'000 ? std::string() : bytes);
  });
  RunOptions options = open_run(server.port(), 2000);
  options.warmup_ns = 0;
  options.rounds = 1;
  options.timeout_ns = 100 * ms;
  const Outcome outcome = run(options);
  EXPECT_EQ(outcome.status, 0) << "an open loop counts instead of failing";
  const auto slice = outcome.of_kind("slice").at(0);
  EXPECT_EQ(slice["timed_out"], 10) << "one on each connection";
  EXPECT_GT(slice["skipped"], 20);
  EXPECT_EQ(
      slice["messages"].get<int>() + slice["timed_out"].get<int>() + slice["skipped"].get<int>(),
      slice["scheduled"].get<int>());
  EXPECT_EQ(slice["response"]["count"], slice["scheduled"])
      << "what was given up counts with what it waited";
  EXPECT_GE(slice["response"]["max_ns"], 100 * ms);
  EXPECT_EQ(slice["service"]["count"], slice["messages"]);
}

TEST(OpenLoop, LateAnswersOfAnEarlierVisitAreNotCountedAgain) {
  // The first 300 ms of the measurement are a stall; the timeout ends the first visit before it
  // ends.
  ScriptedServer server([stalled = false](const std::string& bytes, std::size_t before) mutable {
    if (before > 2'000 && !stalled) {
      stalled = true;
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
    }
    return std::optional(bytes);
  });
  RunOptions options = open_run(server.port(), 1000);
  options.warmup_ns = 0;
  options.slice_ns = 100 * ms;
  options.timeout_ns = 50 * ms;
  options.rounds = 6;
  const Outcome outcome = run(options);
  EXPECT_EQ(outcome.status, 0) << outcome.errors;
  const auto slices = outcome.of_kind("slice");
  EXPECT_GT(slices.front()["timed_out"], 0);
  for (const auto& slice : slices) {
    EXPECT_EQ(
        slice["messages"].get<int>() + slice["timed_out"].get<int>() + slice["skipped"].get<int>(),
        slice["scheduled"].get<int>());
  }
  EXPECT_EQ(slices.back()["messages"], slices.back()["scheduled"]) << "it recovers";
}

TEST(OpenLoop, ReplacesConnections) {
  ScriptedServer server(echo);
  RunOptions options = open_run(server.port(), 3000);
  options.churn = 4;
  options.depth = 2;
  const Outcome outcome = run(options);
  EXPECT_EQ(outcome.status, 0) << outcome.errors;
  for (const auto& slice : outcome.of_kind("slice")) {
    EXPECT_EQ(slice["messages"], slice["scheduled"]);
    EXPECT_GT(slice["connect"]["count"].get<double>(), slice["messages"].get<double>() / 4 - 30);
  }
}

TEST(OpenLoop, SleepsIfItMayNotSpin) {
  ScriptedServer server(echo);
  RunOptions options = open_run(server.port(), 200);
  options.spin_ns = 0;
  for (const auto& slice : run(options).of_kind("slice")) {
    EXPECT_EQ(slice["generator_spin_ns"], 0);
    EXPECT_LT(slice["generator_cpu_ns"], 100 * ms);
  }
}

}  // namespace
}  // namespace iolab::loadgen
