#include "shared/program/command_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace iolab {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

ServerOptions parse(std::vector<const char*> words, const ServerProgram& program = server_program) {
  words.insert(words.begin(), "tested");
  return parse_command_line(static_cast<int>(words.size()), words.data(), program);
}

/// What the user is told; empty if there is nothing wrong.
std::string complaint(const std::vector<const char*>& words) {
  try {
    parse(words);
    return "";
  } catch (const UsageError& error) {
    return error.what();
  }
}

TEST(CommandLine, HasDefaults) {
  const ServerOptions options = parse({});
  EXPECT_EQ(options.protocol.protocol, Protocol::echo);
  EXPECT_EQ(options.protocol.max_frame, 1024 * 1024);
  EXPECT_EQ(options.bind, "127.0.0.1");
  EXPECT_EQ(options.port, 0);
  EXPECT_EQ(options.threads, 1);
  EXPECT_EQ(options.dispatch, Dispatch::sharded);
  EXPECT_EQ(options.idle_timeout, 60s);
  EXPECT_EQ(options.drain_timeout, 5s);
  EXPECT_EQ(options.output_limit, 256 * 1024);
  EXPECT_EQ(options.max_connections, 0);
  EXPECT_EQ(options.read_size, 16 * 1024);
  EXPECT_EQ(options.largest_read, 256 * 1024);
  EXPECT_EQ(options.work.every, 0);
}

TEST(CommandLine, TakesEveryCommonOption) {
  const ServerOptions options =
      parse({"--protocol", "framed", "--bind", "::1", "--port", "7", "--threads", "3",
             "--idle-timeout", "5ms", "--drain-timeout", "0", "--max-frame", "2KiB",
             "--output-limit=0", "--max-connections=9", "--read-size=1MiB", "--largest-read=4MiB"});
  EXPECT_EQ(options.protocol.protocol, Protocol::framed);
  EXPECT_EQ(options.protocol.max_frame, 2048);
  EXPECT_EQ(options.bind, "::1");
  EXPECT_EQ(options.port, 7);
  EXPECT_EQ(options.threads, 3);
  EXPECT_EQ(options.idle_timeout, 5ms);
  EXPECT_EQ(options.drain_timeout, 0ms);
  EXPECT_EQ(options.output_limit, 0);
  EXPECT_EQ(options.max_connections, 9);
  EXPECT_EQ(options.read_size, 1024 * 1024);
  EXPECT_EQ(options.largest_read, 4 * 1024 * 1024);
}

TEST(CommandLine, TakesWork) {
  const ServerOptions block = parse({"--work", "every=1000,block=10ms"});
  EXPECT_EQ(block.work.every, 1000);
  EXPECT_EQ(block.work.kind, Work::Kind::block);
  EXPECT_EQ(block.work.duration, 10ms);
  const ServerOptions spin = parse({"--work", "spin=5us,every=1"});
  EXPECT_EQ(spin.work.kind, Work::Kind::spin);
  EXPECT_EQ(spin.work.duration, 5us);
}

TEST(CommandLine, RefusesWorkThatIsNone) {
  for (const char* work : {"", "every=10", "block=1ms", "every=0,block=1ms", "every=10,block=0",
                           "every=10,sleep=1ms", "every=x,block=1ms", "every=1KiB,block=1ms"}) {
    EXPECT_THAT(complaint({"--work", work}), HasSubstr("--work")) << work;
  }
}

TEST(CommandLine, NamesTheOptionThatIsWrong) {
  EXPECT_THAT(complaint({"--protocol", "smoke"}), HasSubstr("'smoke' is not echo or framed"));
  EXPECT_THAT(complaint({"--idle-timeout", "soon"}), HasSubstr("--idle-timeout"));
  EXPECT_THAT(complaint({"--max-frame", "4096MiB"}), HasSubstr("32 bits"));
  EXPECT_THAT(complaint({"--read-size", "0"}), HasSubstr("--read-size"));
  EXPECT_THAT(complaint({"--largest-read", "0"}), HasSubstr("--largest-read"));
  EXPECT_THAT(complaint({"--largest-read", "1025MiB"}), HasSubstr("1024MiB"));
  EXPECT_THAT(complaint({"--threads", "0"}), HasSubstr("--threads"));
  EXPECT_THAT(complaint({"--port", "65536"}), HasSubstr("--port"));
  EXPECT_THAT(complaint({"--max-connections", "-1"}), HasSubstr("--max-connections"));
  EXPECT_THAT(complaint({"--nonsense"}), HasSubstr("--nonsense"));
}

TEST(CommandLine, ComplainsInOneLine) {
  for (const auto& words : std::vector<std::vector<const char*>>{{"--protocol", "smoke"},
                                                                 {"--nonsense"},
                                                                 {"stray"},
                                                                 {"--port"},
                                                                 {"--demultiplexer", "magic"}}) {
    EXPECT_THAT(complaint(words), testing::Not(HasSubstr("\n"))) << words.front();
    EXPECT_NE(complaint(words), "") << words.front();
  }
}

TEST(CommandLine, TakesTheLargestFrame) {
  EXPECT_EQ(parse({"--max-frame", "4294967295"}).protocol.max_frame, 0xFFFFFFFF);
}

TEST(CommandLine, TakesOptionsThatTheServerHas) {
  EXPECT_EQ(parse({"--demultiplexer", "poll"}).demultiplexer, "poll");
}

// Ignoring them would measure something else than the command line says.
TEST(CommandLine, RefusesOptionsThatOnlyOthersHave) {
  EXPECT_THAT(complaint({"--timer", "per-operation"}), HasSubstr("--timer"));
  EXPECT_THAT(complaint({"--uring-setup", "none"}), HasSubstr("--uring-setup"));
  EXPECT_THAT(complaint({"--dispatch", "shared"}), HasSubstr("--dispatch sharded"));
}

TEST(CommandLine, TakesSharedDispatchWhereItIsOffered) {
  const ServerProgram program{"sharing", "proactor", {"dispatch"}, nullptr};
  EXPECT_EQ(parse({"--dispatch", "shared"}, program).dispatch, Dispatch::shared);
}

}  // namespace
}  // namespace iolab
