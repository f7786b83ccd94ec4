#include <signal.h>

#include "shared/net/sockets.hpp"
#include "tests/conformance/fixture.hpp"

namespace iolab::conformance {
namespace {

class CommandLine : public Conformance {
 protected:
  static void expect_refusal(const Words& options, ExitStatus status) {
    SCOPED_TRACE(testing::PrintToString(options));
    Conformance::expect_refusal(ServerProcess(target().command(options)), status);
  }
};

CASE(CommandLine, UnknownOption, full,
     "it does not refuse an option it does not know, with one line and status 2") {
  expect_refusal({"--no-such-option"}, 2);
  expect_refusal({"nonsense"}, 2);
}

CASE(CommandLine, ValuesThatAreNone, full,
     "it does not refuse a value that is none, with one line and status 2") {
  expect_refusal({"--protocol", "smoke"}, 2);
  expect_refusal({"--dispatch", "chaotic"}, 2);
  expect_refusal({"--port", "70000"}, 2);
  expect_refusal({"--port", "-1"}, 2);
  expect_refusal({"--threads", "0"}, 2);
  expect_refusal({"--threads", "two"}, 2);
  expect_refusal({"--idle-timeout", "12parsecs"}, 2);
  expect_refusal({"--drain-timeout", "-5s"}, 2);
  expect_refusal({"--max-connections", "-1"}, 2);
  expect_refusal({"--idle-timeout"}, 2);
}

CASE(CommandLine, SizesThatAreNone, full,
     "it does not refuse a size that is none, with one line and status 2") {
  expect_refusal({"--max-frame", "5000MiB"}, 2);
  expect_refusal({"--max-frame", "64kB"}, 2);
  expect_refusal({"--output-limit", "many"}, 2);
  expect_refusal({"--read-size", "0"}, 2);
  if (target().has("--largest-read")) expect_refusal({"--largest-read", "0"}, 2);
}

CASE(CommandLine, WorkThatIsNone, full,
     "it does not refuse --work that makes no sense, with one line and status 2") {
  expect_refusal({"--work", "every=0,block=1ms"}, 2);
  expect_refusal({"--work", "every=10"}, 2);
  expect_refusal({"--work", "sometimes"}, 2);
}

CASE(CommandLine, AddressesThatCannotBeBound, full,
     "it does not refuse an address that cannot be bound, with one line") {
  expect_refusal({"--bind", "192.0.2.1"}, 1);  // reserved for documentation, nobody's own
  expect_refusal({"--bind", "here"}, 2);
}

CASE(CommandLine, HelpIsNoError, full, "--help is an error, or does not list its options") {
  ServerProcess process(target().command({"--help"}));
  EXPECT_EQ(process.wait(), 0);
  EXPECT_NE(process.standard_output().find("--idle-timeout"), std::string::npos);
}

CASE(CommandLine, PortInUse, full,
     "it does not say in one line, with status 1, that its port is in use") {
  const UniqueHandle other = listen_on("127.0.0.1", 0, false);
  expect_refusal({"--port", std::to_string(local_port(other.get()))}, 1);
}

CASE(CommandLine, PortFreedByAnEarlierServer, full,
     "it cannot use the port of a server that has just ended: set SO_REUSEADDR before bind()") {
  ServerProcess earlier(target().command());
  earlier.wait_until_listening();
  Client client(earlier.port());
  ASSERT_TRUE(echoes(client, message()));
  earlier.signal(SIGTERM);
  // The server's end is closed first, so the system remembers its port for a minute.
  EXPECT_EQ(client.receive_rest().end, End::finished);
  client.close();
  EXPECT_EQ(earlier.wait(), 0);
  start({"--port", std::to_string(earlier.port())});
  EXPECT_EQ(server().port(), earlier.port());
}

CASE(CommandLine, AddressOfTheNewerProtocol, full, "it does not serve on an IPv6 address") {
  ServerProcess process(target().command({"--bind", "::1"}));
  if (!eventually([&] { return process.status() || !process.standard_output().empty(); })) FAIL();
  if (process.status()) {  // a system without IPv6
    EXPECT_EQ(*process.status(), 1) << process.standard_error();
    return;
  }
  process.wait_until_listening();
  Client client(process.port(), {.address = "::1"});
  EXPECT_TRUE(echoes(client, message()));
}

CASE(CommandLine, BannerSaysWhatIsInEffect, full,
     "its banner does not say which limits are in effect") {
  start({"--idle-timeout", "90s", "--max-frame", "2MiB", "--output-limit", "32KiB",
         "--max-connections", "77", "--read-size", "8KiB", "--largest-read", "96KiB"});
  const Json& banner = server().banner();
  EXPECT_EQ(banner["limits"]["idle_timeout_ms"], 90000);
  EXPECT_EQ(banner["limits"]["max_frame"], 2 * 1024 * 1024);
  EXPECT_EQ(banner["limits"]["output_limit"], 32 * 1024);
  EXPECT_EQ(banner["limits"]["max_connections"], 77);
  EXPECT_EQ(banner["limits"]["read_size"], 8192);
  if (target().has("--largest-read")) {
    EXPECT_EQ(banner["limits"]["largest_read"], 96 * 1024);
  }
  EXPECT_EQ(banner["protocol"], is_framed() ? "framed" : "echo");
  EXPECT_EQ(banner["address"], "127.0.0.1");
}

CASE(CommandLine, BannerHasEveryKey, full, "its banner lacks a key") {
  start();
  for (const char* key : {"event", "server", "pattern", "engine", "protocol", "address", "port",
                          "pid", "threads", "dispatch", "limits"}) {
    EXPECT_TRUE(server().banner().contains(key)) << key;
  }
}

}  // namespace
}  // namespace iolab::conformance
