#include <signal.h>

#include "tests/conformance/fixture.hpp"

namespace iolab::conformance {
namespace {

constexpr std::chrono::milliseconds timeout = 400ms;
constexpr std::size_t mebibyte = std::size_t{1024} * 1024;

class IdleTimeout : public Conformance {
 protected:
  void SetUp() override { NEEDS("--idle-timeout"); }

  static Words options(std::chrono::milliseconds idle_timeout = timeout, Words others = {}) {
    others.insert(others.end(), {"--idle-timeout", std::to_string(idle_timeout / 1ms) + "ms"});
    return others;
  }

  /// Calls `step` ten times in each of three timeouts. False if this process itself was too late
  /// once: then what the server did proves nothing.
  template <class Step>
  static bool keep_busy(std::chrono::milliseconds idle_timeout, Step step) {
    auto last = Clock::now();
    for (const auto end = last + 3 * idle_timeout; last < end;) {
      std::this_thread::sleep_for(idle_timeout / 10);
      step();
      if (Clock::now() - last > idle_timeout / 2) return false;
      last = Clock::now();
    }
    return true;
  }

  /// Tries `attempt` with ever longer timeouts while it reports that the machine was too busy to
  /// tell.
  template <class Attempt>
  static void when_the_machine_allows(Attempt attempt) {
    for (auto longer = timeout; longer < 30s; longer *= 2) {
      if (attempt(longer)) return;
    }
    FAIL() << "this machine is too busy";
  }
};

CASE(IdleTimeout, EndsASilentConnection, server,
     "it does not end a connection that is idle for longer than --idle-timeout") {
  start_without_canary(options());
  Client client = connect();
  ASSERT_TRUE(echoes(client, message()));
  const auto begin = Clock::now();
  EXPECT_NE(client.receive_rest().end, End::open);
  EXPECT_GE(Clock::now() - begin, timeout / 2);  // an early tick may take some of it away
  if (judges(Level::full)) {
    EXPECT_GE(stop()["closed"]["idle_timeout"], 1);
  }
}

CASE(IdleTimeout, EndsAConnectionThatNeverSpoke, server,
     "it does not end a connection on which nothing was ever said") {
  start_without_canary(options());
  EXPECT_NE(connect().receive_rest().end, End::open);
}

CASE(IdleTimeout, SparesAnActiveConnection, server,
     "it ends a connection that is in use: each message must set the timeout back") {
  when_the_machine_allows([&](auto longer) {
    start_without_canary(options(longer));
    Client client = connect();
    bool alive = true;
    const bool in_time = keep_busy(longer, [&] {
      if (alive) alive = client.ended() == End::open;
      if (alive) alive = bool(echoes(client, message()));
    });
    if (in_time) {
      EXPECT_TRUE(alive);
    }
    return in_time;
  });
}

// Who takes output makes progress, though no message comes: all were received long ago. Many, so
// that each counts as progress however slowly they arrive: one as long might not arrive in time.
CASE(IdleTimeout, SparesASlowReader, server,
     "it ends a connection whose client still takes replies: that is progress too") {
  const Bytes bytes = message_stream(48 * mebibyte);
  when_the_machine_allows([&](auto longer) {
    start_without_canary(options(longer, {"--output-limit", "64MiB"}));
    Client client = connect();
    std::size_t sent = client.send_until_stuck(bytes, 50ms);
    Bytes received;
    bool alive = true;
    const bool in_time = keep_busy(longer, [&] {
      sent += client.send_some(ByteView(bytes).subspan(sent));
      const std::size_t goal = received.size() + mebibyte;
      for (int i = 0; alive && i < 16 && received.size() < goal; ++i) {
        alive = client.receive_some(received) == End::open;
      }
    });
    if (in_time) {
      EXPECT_TRUE(alive);
    }
    client.reset();
    return in_time;
  });
}

CASE(IdleTimeout, EndsAPeerThatNeverReads, server,
     "it does not end a connection whose client never takes its replies") {
  start_without_canary({"--idle-timeout", "400ms", "--output-limit", "16KiB"});
  Client client = connect({.receive_buffer = 1});
  const Bytes bytes = message_stream(16 * mebibyte);
  std::size_t sent = 0;
  EXPECT_TRUE(eventually([&] {
    sent += client.send_some(ByteView(bytes).subspan(sent));
    return client.is_cut_off();
  })) << "never closed";
}

// A process that did not run for a while must not take everybody for idle when it goes on.
CASE(IdleTimeout, DoesNotCountTheTimeItWasStopped, server,
     "it takes all clients for idle after it has not run for a while itself") {
  start_without_canary({"--idle-timeout", "2s"});
  auto clients = connect_many(20);
  for (auto& client : clients) ASSERT_TRUE(echoes(client, message()));
  server().signal(SIGSTOP);
  std::this_thread::sleep_for(2500ms);
  server().signal(SIGCONT);
  for (auto& client : clients) EXPECT_TRUE(echoes(client, message()));
}

CASE(IdleTimeout, RacesWithMessages, server,
     "it does not survive messages that arrive as the timeout ends their connection") {
  start_without_canary({"--idle-timeout", "20ms"});
  for (int i = 0; i < 40; ++i) {
    auto clients = connect_many(5);
    std::this_thread::sleep_for(std::chrono::milliseconds(15 + i % 12));
    for (auto& client : clients) client.send_some(message(1000));
  }
}

}  // namespace
}  // namespace iolab::conformance
