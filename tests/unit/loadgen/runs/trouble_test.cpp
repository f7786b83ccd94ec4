// What the generator does when a server fails it, and when it is interrupted.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <thread>

#include "experiments/loadgen/commands/round_runner.hpp"
#include "experiments/loadgen/system/interrupt.hpp"
#include "tests/unit/loadgen/runs/captured_run.hpp"
#include "tests/unit/loadgen/runs/scripted_server.hpp"

namespace iolab::loadgen {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

constexpr std::size_t good_bytes = 200'000;  // of a connection; then trouble begins

RunOptions long_run(std::uint16_t port) {
  RunOptions options = short_run(port);
  options.warmup_ns = 0;
  options.rounds = 100'000;
  options.slice_ns = 5'000'000;
  options.timeout_ns = 200'000'000;
  return options;
}

enum class Blame : std::uint8_t { silence, wrong_reply };

// What the error line says stands among the results as well.
void expect_complaint(const Outcome& outcome, Blame blame) {
  const auto complaints = outcome.of_kind("complaint");
  ASSERT_EQ(complaints.size(), 1U);
  EXPECT_EQ(complaints[0]["target"], "x");
  EXPECT_EQ(complaints[0]["wrong_reply"], blame == Blame::wrong_reply);
  EXPECT_EQ("loadgen: " + complaints[0]["text"].get<std::string>() + "\n", outcome.errors);
}

// One line that names the target, status 1, an error in the summary, and nothing that was not seen.
void expect_failure(const Outcome& outcome, Blame blame, const std::string& regex) {
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.errors, MatchesRegex("loadgen: target x: " + regex + "\n"));
  EXPECT_EQ(outcome.summary()["errors"], 1);
  std::uint64_t messages = 0;
  for (const auto& slice : outcome.of_kind("slice"))
    messages += slice["messages"].get<std::uint64_t>();
  EXPECT_EQ(outcome.summary()["messages"], messages);
  expect_complaint(outcome, blame);
}

TEST(Trouble, OneWrongByteEndsTheRun) {
  ScriptedServer server([](const std::string& bytes, std::size_t before) {
    std::string reply = bytes;
    if (before > good_bytes) reply.back() = static_cast<char>(reply.back() ^ 1);
    return reply;
  });
  expect_failure(
      run(long_run(server.port())), Blame::wrong_reply,
      "connection [0-9]+: wrong byte in reply [0-9]+ at offset 67: expected [0-9]+, got [0-9]+");
}

TEST(Trouble, RepliesOfAnotherConnectionAreWrong) {
  ScriptedServer server(
      [last = std::string()](const std::string& bytes, std::size_t before) mutable {
        std::string reply = before > good_bytes && last.size() == bytes.size() ? last : bytes;
        last = bytes;
        return reply;
      });
  expect_failure(run(long_run(server.port())), Blame::wrong_reply,
                 "connection .*: wrong byte in reply .*");
}

TEST(Trouble, ExtraBytesAreWrong) {
  ScriptedServer server([](const std::string& bytes, std::size_t before) {
    return before > good_bytes ? bytes + bytes : bytes;
  });
  RunOptions options = long_run(server.port());
  options.verify = false;
  expect_failure(run(options), Blame::wrong_reply,
                 "connection [0-9]+: [0-9]+ bytes more than asked for, after [0-9]+ replies");
}

TEST(Trouble, ADeadServerEndsTheRun) {
  ScriptedServer server(
      [](const std::string& bytes, std::size_t before) -> std::optional<std::string> {
        if (before > good_bytes) return std::nullopt;
        return bytes;
      });
  expect_failure(run(long_run(server.port())), Blame::silence,
                 "connection [0-9]+: (closed by the server|Connection reset by peer)");
}

TEST(Trouble, AServerThatDiesWhileAnotherIsMeasuredIsNoticed) {
  auto dying = std::make_unique<ScriptedServer>(echo);
  ScriptedServer other(echo);
  RunOptions options = long_run(dying->port());
  options.targets.insert(options.targets.begin(),
                         {"y", "127.0.0.1", std::to_string(other.port()), std::nullopt});
  options.slice_ns = 300'000'000;
  const std::jthread killer([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    dying.reset();
  });
  const Nanoseconds begin = now_ns();
  const Outcome outcome = run(options);
  EXPECT_LT(now_ns() - begin, 5'000'000'000);
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.errors, HasSubstr("target x: connection"));
  EXPECT_EQ(outcome.summary("y")["errors"], 0);
}

TEST(Trouble, AServerThatHangsIsNotWaitedForForever) {
  ScriptedServer server([](const std::string& bytes, std::size_t before) {
    return before > good_bytes ? std::string() : bytes;
  });
  expect_failure(run(long_run(server.port())), Blame::silence,
                 "no reply for 2[0-9][0-9] ms on [0-9]+ of 10 connections");
}

TEST(Trouble, ARefusedConnectionIsToldWithItsTarget) {
  std::uint16_t port = 0;
  {
    const ScriptedServer server(echo);
    port = server.port();
  }
  const Outcome outcome = run(short_run(port));
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.errors,
            "loadgen: target x: connection 0: cannot connect: Connection refused\n");
  EXPECT_TRUE(outcome.of_kind("slice").empty());
}

TEST(Trouble, AnUnknownProcessIsToldWithItsTarget) {
  RunOptions options = short_run(1);
  options.targets[0].pid = 1L << 29;
  EXPECT_THAT([&] { RoundRunner(options, stdout); },
              testing::ThrowsMessage<std::runtime_error>(HasSubstr("target x: process 536870912")));
}

TEST(Trouble, AnUnknownHostIsToldWithItsTarget) {
  RunOptions options = short_run(1);
  options.targets[0].host = "no such host";
  EXPECT_THAT([&] { RoundRunner(options, stdout); },
              testing::ThrowsMessage<std::runtime_error>(
                  HasSubstr("target x: cannot resolve 'no such host'")));
}

TEST(Trouble, OutputThatCannotBeWrittenEndsTheRun) {
  ScriptedServer server(echo);
  const RunOptions options = short_run(server.port());
  std::FILE* full = std::fopen("/dev/full", "w");
  ASSERT_NE(full, nullptr);
  EXPECT_THAT([&] { static_cast<void>(RoundRunner(options, full).run()); },
              testing::ThrowsMessage<std::runtime_error>(HasSubstr("cannot write results")));
  std::fclose(full);
}

TEST(Trouble, IdleConnectionsThatTheServerClosesAreCounted) {
  ScriptedServer* self = nullptr;
  ScriptedServer server([&](const std::string& bytes, std::size_t before) {
    if (before > good_bytes) self->close_quieter_than(69);
    return bytes;
  });
  self = &server;
  RunOptions options = short_run(server.port());
  options.idle = 3;
  options.slice_ns = 200'000'000;
  const Outcome outcome = run(options);
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.summary()["idle_closed"], 3);
  EXPECT_EQ(outcome.errors, "loadgen: target x: closed 3 of 3 idle connections\n");
}

class Interrupted : public testing::TestWithParam<int> {};

// In a process of its own, for an interrupt cannot be taken back.
TEST_P(Interrupted, KeepsWhatWasMeasured) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto interrupted_run = [] {
    ScriptedServer server(echo);
    RunOptions options = long_run(server.port());
    catch_interrupts();
    std::thread([] {
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
      std::raise(GetParam());
    }).detach();
    const Outcome outcome = run(options);
    const auto summary = outcome.summary();
    const bool kept = summary["interrupted"] == true && summary["messages"] > 0 &&
                      summary["errors"] == 0 && outcome.of_kind("complaint").empty();
    std::fprintf(stderr, "%s%s", outcome.errors.c_str(), kept ? "kept" : "lost");
    std::exit(outcome.status);
  };
  EXPECT_EXIT(interrupted_run(), testing::ExitedWithCode(130), "loadgen: interrupted\nkept");
}

INSTANTIATE_TEST_SUITE_P(Loadgen, Interrupted, testing::Values(SIGINT, SIGTERM));

}  // namespace
}  // namespace iolab::loadgen
