#include "experiments/loadgen/cli/command_line.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <vector>

namespace iolab::loadgen {
namespace {

Command parse(std::initializer_list<const char*> words) {
  std::vector<const char*> argv{"loadgen"};
  argv.insert(argv.end(), words);
  return parse_command_line(static_cast<int>(argv.size()), argv.data());
}

TEST(CommandLine, DefaultsAreThoseOfTheOptions) {
  const auto run = std::get<RunOptions>(parse({"--target", "a=h:1"}));
  const RunOptions preset;
  ASSERT_EQ(run.targets.size(), 1U);
  EXPECT_EQ(run.connections, preset.connections);
  EXPECT_EQ(run.size, preset.size);
  EXPECT_EQ(run.slice_ns, preset.slice_ns);
  EXPECT_EQ(run.rounds, preset.rounds);
  EXPECT_TRUE(run.verify);
  EXPECT_FALSE(run.rate_per_s.has_value());
}

TEST(CommandLine, KnowsTheFamiliarFlags) {
  const auto run = std::get<RunOptions>(
      parse({"--target", "a=h:1", "-c", "20", "-t", "2", "-d", "1s", "-w", "7ms", "-R", "2500.5",
             "-s", "4KiB", "-p", "8", "--slice", "300ms"}));
  EXPECT_EQ(run.connections, 20U);
  EXPECT_EQ(run.threads, 2U);
  EXPECT_EQ(run.rounds, 4U) << "as many visits as fill the duration";
  EXPECT_EQ(run.warmup_ns, 7'000'000);
  EXPECT_EQ(run.rate_per_s, 2500.5);
  EXPECT_EQ(run.size, 4096U);
  EXPECT_EQ(run.depth, 8U);
}

TEST(CommandLine, KnowsTheOthers) {
  const auto run = std::get<RunOptions>(
      parse({"--target",       "a=h:1,pid=7", "--target=b=h:2", "--protocol",
             "framed",         "--no-verify", "--arrivals",     "uniform",
             "--idle",         "5",           "--churn",        "9",
             "--connect-rate", "100",         "--local",        "127.0.0.1,127.0.0.2",
             "--interval",     "10ms",        "--hgrm",         "x",
             "--hlog",         "y",           "--spin",         "0",
             "--late",         "2ms",         "--seed",         "3"}));
  EXPECT_EQ(run.targets.size(), 2U);
  EXPECT_EQ(run.protocol, Protocol::framed);
  EXPECT_FALSE(run.verify);
  EXPECT_EQ(run.arrivals, ArrivalProcess::uniform);
  EXPECT_EQ(run.idle, 5U);
  EXPECT_EQ(run.churn, 9U);
  EXPECT_EQ(run.connect_rate_per_s, 100);
  EXPECT_EQ(run.local_addresses.size(), 2U);
  EXPECT_EQ(run.interval_ns, 10'000'000);
  EXPECT_EQ(run.hgrm_folder, "x");
  EXPECT_EQ(run.log_file, "y");
  EXPECT_EQ(run.spin_ns, 0);
  EXPECT_EQ(run.late_ns, 2'000'000);
  EXPECT_EQ(run.seed, 3U);
}

TEST(CommandLine, KnowsSearch) {
  const auto search =
      std::get<SearchOptions>(parse({"search", "--target", "a=h:1", "--slo", "p99.9:500us",
                                     "--trials", "12", "--slice", "50ms"}));
  EXPECT_EQ(search.objective.percentile, 99.9);
  EXPECT_EQ(search.objective.limit_ns, 500'000);
  EXPECT_EQ(search.trials, 12U);
}

TEST(CommandLine, KnowsSelftest) {
  const auto selftest =
      std::get<SelftestOptions>(parse({"selftest", "--yardstick", "pp", "--json", "-R", "1000"}));
  EXPECT_EQ(selftest.yardstick, "pp");
  EXPECT_TRUE(selftest.json);
  EXPECT_EQ(selftest.run.rate_per_s, 1000);
  EXPECT_TRUE(selftest.run.targets.empty());
}

TEST(CommandLine, HelpExplainsEveryOptionWithUnitAndDefault) {
  const std::string help = std::get<Help>(parse({"--help"})).text;
  for (const char* part :
       {"--connections N [100]", "--slice TIME [100ms]", "--size SIZE [68]", "--rate N",
        "--timeout TIME [5s]", "search", "selftest", "NAME=HOST:PORT[,pid=PID]"}) {
    EXPECT_NE(help.find(part), std::string::npos) << part;
  }
}

class BadCommandLine : public testing::TestWithParam<std::vector<const char*>> {};

TEST_P(BadCommandLine, IsRefusedInOneLine) {
  std::vector<const char*> argv{"loadgen"};
  argv.insert(argv.end(), GetParam().begin(), GetParam().end());
  try {
    static_cast<void>(parse_command_line(static_cast<int>(argv.size()), argv.data()));
    FAIL() << "accepted";
  } catch (const UsageError& error) {
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
    EXPECT_FALSE(std::string(error.what()).empty());
  }
}

INSTANTIATE_TEST_SUITE_P(
    Loadgen, BadCommandLine,
    testing::Values(std::vector<const char*>{}, std::vector<const char*>{"--target", "a"},
                    std::vector<const char*>{"--target", "a=h:1", "--frobnicate"},
                    std::vector<const char*>{"--target", "a=h:1", "stray"},
                    std::vector<const char*>{"--target", "a=h:1", "-c", "0"},
                    std::vector<const char*>{"--target", "a=h:1", "-c", "-1"},
                    std::vector<const char*>{"--target", "a=h:1", "-c", "many"},
                    std::vector<const char*>{"--target", "a=h:1", "-c", "2", "-t", "3"},
                    std::vector<const char*>{"--target", "a=h:1", "--protocol", "http"},
                    std::vector<const char*>{"--target", "a=h:1", "--slice", "5"},
                    std::vector<const char*>{"--target", "a=h:1", "--slice", "0ms"},
                    std::vector<const char*>{"--target", "a=h:1", "-R", "0"},
                    std::vector<const char*>{"--target", "a=h:1", "-R", "nan"},
                    std::vector<const char*>{"--target", "a=h:1", "-s", "0"},
                    std::vector<const char*>{"--target", "a=h:1", "-s", "65MiB"},
                    std::vector<const char*>{"--target", "a=h:1", "-s", "3", "--protocol",
                                             "framed"},
                    std::vector<const char*>{"--target", "a=h:1", "-d", "1s", "--rounds", "3"},
                    std::vector<const char*>{"--target", "a=h:1", "--local", "here"},
                    std::vector<const char*>{"search", "--target", "a=h:1", "--slo", "p99"},
                    std::vector<const char*>{"search", "--target", "a=h:1", "--slo", "99:1ms"},
                    std::vector<const char*>{"search", "--target", "a=h:1", "--slo", "p100:1ms"},
                    std::vector<const char*>{"search", "--target", "a=h:1", "--slo", "px:1ms"},
                    std::vector<const char*>{"search", "--target", "a=h:1", "--slo", "p99:0ms"},
                    std::vector<const char*>{"search", "--target", "a=h:1", "--slo", "p99:50ms"}));

}  // namespace
}  // namespace iolab::loadgen
