// Drives completion_server through thousands of simulated lives. A failing seed is printed with the
// command that replays it.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <charconv>
#include <cstring>
#include <iostream>
#include <string_view>

#include "tests/contract/scenario.hpp"

namespace {

std::uint64_t first_seed = 1;
std::uint64_t seeds = 10'000;
std::string program;
std::string replay;  // for the seed that runs

// An assertion or a sanitizer ends the process: say first which seed it was.
void print_replay() {
  (void)!::write(STDERR_FILENO, replay.data(), replay.size());
}

extern "C" void handle_crash(int signal) {
  print_replay();
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

std::uint64_t parse(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) {
    std::cerr << "'" << text << "' is not a number\n";
    std::exit(2);
  }
  return number;
}

}  // namespace

// Where a sanitizer is linked, it offers this.
// NOLINTNEXTLINE(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" void __sanitizer_set_death_callback(void (*)()) __attribute__((weak));

// Tests that pass because nothing happens in them are worth nothing.
void expect_much_happened(const iolab::SimulatedEvents& events) {
  EXPECT_GT(events.sends_of_pieces, seeds);
  EXPECT_GT(events.sends_cut_inside, seeds / 4);
  EXPECT_GT(events.sends_from_input, seeds / 2);
  EXPECT_GT(events.cancelled_receives, seeds / 2);
}

TEST(CompletionServer, SurvivesEverySeed) {
  iolab::SimulatedEvents all;
  for (std::uint64_t seed = first_seed; seed < first_seed + seeds; ++seed) {
    replay = "failing seed " + std::to_string(seed) + ", replay it with: " + program +
             " --seed=" + std::to_string(seed) + "\n";
    iolab::Scenario scenario(seed);
    if (seeds == 1) std::cout << "seed " << seed << ": " << scenario.description() << std::endl;
    try {
      scenario.run();
    } catch (const std::exception& error) {
      // Its objects are left in any state: say it and end, rather than destroy them.
      std::cerr << error.what() << " (" << scenario.description() << ")\n";
      print_replay();
      std::_Exit(1);
    }
    all += scenario.events();
  }
  if (seeds >= 1000) expect_much_happened(all);
}

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  program = argv[0];
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument.starts_with("--seed=")) {
      first_seed = parse(argument.substr(std::strlen("--seed=")));
      seeds = 1;
    } else if (argument.starts_with("--seeds=")) {
      seeds = parse(argument.substr(std::strlen("--seeds=")));
    } else {
      std::cerr << "unknown option " << argument << "; there are --seed=N and --seeds=COUNT\n";
      return 2;
    }
  }
  for (const int signal : {SIGABRT, SIGSEGV, SIGBUS}) ::signal(signal, handle_crash);
  if (__sanitizer_set_death_callback) __sanitizer_set_death_callback(print_replay);
  return RUN_ALL_TESTS();
}
