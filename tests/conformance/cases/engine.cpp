#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>

#include "tests/conformance/fixture.hpp"
#include "tests/conformance/tracer.hpp"

// Whether a server waits with what it claims to wait with.
namespace iolab::conformance {
namespace {

using Calls = std::map<std::string, int>;

int sum(const Calls& calls, const Words& names) {
  int total = 0;
  for (const auto& name : names) total += calls.contains(name) ? calls.at(name) : 0;
  return total;
}

// System calls by which a process waits for, or has io_uring do, its input and output.
const std::map<std::string, Words> waits_of{
    {"epoll", {"epoll_wait", "epoll_pwait", "epoll_pwait2"}},
    {"io_uring", {"io_uring_enter"}},
    {"poll", {"poll", "ppoll"}},
    {"select", {"select", "pselect6"}},
    {"blocking calls", {}}};
const Words socket_transfers{"recvfrom", "recvmsg", "sendto", "sendmsg"};
const Words file_transfers{"read", "readv", "write", "writev"};

class Engine : public Conformance {
 protected:
  /// What the banner names, without the set-up in brackets.
  static std::string engine_of(const ServerProcess& process) {
    const std::string engine = process.banner()["engine"];
    return engine.substr(0, engine.find(" ("));
  }
  std::string engine() { return engine_of(server()); }

  std::ptrdiff_t count(const char* kind) {
    return std::ranges::count(descriptors(pid()), std::string("anon_inode:[") + kind + "]");
  }

  /// The calls that a server made while it answered so many messages of one connection.
  Calls trace(int messages) {
    const std::string file = testing::TempDir() + "iolab-trace-" + std::to_string(getpid());
    ServerProcess process = start_traced({"-o", file}, target().command());
    process.wait_until_listening();
    claimed_ = engine_of(process);
    Client client(process.port());
    for (int i = 0; i < messages; ++i) EXPECT_TRUE(echoes(client, message()));
    client.close();
    process.signal(SIGTERM);
    EXPECT_EQ(process.wait(), 0);
    return read_trace(file);
  }

  std::string claimed_;

 private:
  static Calls read_trace(const std::string& path) {
    Calls calls;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
      const auto name = line.find_first_not_of("0123456789 ");
      const auto bracket = line.find('(');
      if (name < bracket && bracket != std::string::npos)
        ++calls[line.substr(name, bracket - name)];
    }
    std::remove(path.c_str());
    return calls;
  }
};

CASE(Engine, IsTheOneThatWasPromised, full, "its banner names another engine than was promised") {
  start();
  if (!target().engine.empty()) {
    EXPECT_EQ(server().banner()["engine"], target().engine);
  }
  EXPECT_TRUE(waits_of.contains(engine())) << "no test knows the engine " << engine();
}

CASE(Engine, ShowsInTheDescriptors, full,
     "the engine that its banner names does not show in its descriptors") {
  start();
  EXPECT_EQ(count("io_uring") > 0, engine() == "io_uring");
  EXPECT_EQ(count("eventpoll") > 0, engine() == "epoll");
}

CASE(Engine, ShowsInTheSystemCalls, full,
     "the engine that its banner names does not show in its system calls") {
  if (const std::string reason = why_no_trace(); !reason.empty()) GTEST_SKIP() << reason;
  const int messages = 200;
  const Calls calls = trace(messages);
  ASSERT_TRUE(waits_of.contains(claimed_));
  for (const auto& [engine, waits] : waits_of) {
    if (engine == claimed_ && !waits.empty()) {
      EXPECT_GE(sum(calls, waits), messages / 2) << engine;
    }
    if (engine != claimed_) {
      EXPECT_LT(sum(calls, waits), messages / 10) << engine;
    }
  }
  const int transfers = sum(calls, socket_transfers);
  if (claimed_ == "io_uring") {
    EXPECT_LT(transfers, messages / 10) << "the server moves the bytes itself";
  } else {
    EXPECT_GE(transfers + sum(calls, file_transfers), 2 * messages) << "who moves the bytes?";
  }
}

CASE(Engine, SleepsWhileNothingHappens, server,
     "it burns CPU time while nothing happens: a busy loop") {
  start();
  auto clients = connect_many(100);
  for (auto& client : clients) ASSERT_TRUE(echoes(client, message()));
  EXPECT_LT(cpu_share(pid(), 500ms), 0.05);
}

}  // namespace
}  // namespace iolab::conformance
