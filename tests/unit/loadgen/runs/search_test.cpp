#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "shared/measure/clock.hpp"
#include "tests/unit/loadgen/runs/captured_run.hpp"
#include "tests/unit/loadgen/runs/scripted_server.hpp"

namespace iolab::loadgen {

namespace {

constexpr Nanoseconds ms = 1'000'000;

TEST(Search, FindsTheRateAtWhichAServerSaturates) {
  // One message takes 1 ms, so 1000/s is the most, and well below it the objective is kept. It
  // takes that long by the clock, not of a core: others who use the cores must not make it slower.
  Nanoseconds end = 0;
  ScriptedServer server([&end](const std::string& bytes, std::size_t) {
    end = std::max(end, now_ns()) + static_cast<Nanoseconds>(bytes.size() / 68) * ms;
    std::this_thread::sleep_until(
        std::chrono::steady_clock::time_point(std::chrono::nanoseconds(end)));
    return std::optional(bytes);
  });
  SearchOptions options;
  options.run = short_run(server.port());
  options.run.slice_ns = 200 * ms;
  options.objective = {90, 20 * ms};
  options.trials = 15;
  const Outcome outcome = run(options);
  EXPECT_EQ(outcome.status, 0) << outcome.errors;
  EXPECT_EQ(outcome.of_kind("trial").size(), 15U);
  const auto result = outcome.of_kind("result").at(0);
  // On a busy machine trials fail that an idle one keeps, and they are few.
  EXPECT_GT(result["rate_per_s"]["median"], 50);
  EXPECT_LT(result["rate_per_s"]["median"], 1100);
  EXPECT_LE(result["rate_per_s"]["low"], result["rate_per_s"]["median"]);
  EXPECT_GE(result["rate_per_s"]["high"], result["rate_per_s"]["median"]);
}

}  // namespace
}  // namespace iolab::loadgen
