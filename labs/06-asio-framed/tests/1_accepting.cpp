// accept_loop.cpp, with a server of the test's: it says hi, and keeps the connection.
#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "both_servers.hpp"

namespace lab {
namespace {

constexpr std::string_view greeting = "hi";

/// Everybody who was handed over.
struct Host {
  std::vector<tcp::socket> sockets;

  void greet(tcp::socket socket) {
    asio::write(socket, asio::buffer(greeting));
    sockets.push_back(std::move(socket));
  }

  Ending run(AsioBench& bench) {
    const Ending ending = bench.run([this](tcp::acceptor& acceptor, const ServerOptions&) {
      accept_clients(acceptor, [this](tcp::socket socket) { greet(std::move(socket)); });
    });
    sockets.clear();
    return ending;
  }
};

LAB_TEST(Accepting, EverybodyIsHandedOver, "accepting") {
  AsioBench bench(Protocol::framed);
  Host host;
  for (const char* name : {"alice", "bob", "carol"}) bench.kernel.client(name).receives("hi");
  bench.kernel.client("dave").waits(50ms).receives("hi");
  host.run(bench);
  bench.end();
}

LAB_TEST(Accepting, OutOfDescriptorsItPauses, "pause") {
  AsioBench bench(Protocol::framed);
  Host host;
  bench.kernel.descriptor_limit(AsioBench::own_descriptors + 1);
  bench.kernel.client("alice").receives("hi").waits(1s).does("your program closes alice's", [&] {
    const std::size_t calls = bench.kernel.calls("accept");
    expect_that(calls <= 15, "accepting is tried again every 100 ms: 10 times a second",
                "it was tried " + std::to_string(calls) + " times");
    bench.post([&] { host.sockets.clear(); });
  });
  bench.kernel.client("bob").waits(10ms).receives("hi");
  host.run(bench);
  bench.end();
}

LAB_TEST(Accepting, OtherShortagesPass, "pause") {
  constexpr std::array shortages{EMFILE, ENFILE, ENOBUFS, ENOMEM};
  AsioBench bench(Protocol::framed);
  Host host;
  bench.kernel.fails("accept", shortages.at(Story::current().seed() % shortages.size()), 3);
  bench.kernel.client("alice").receives("hi").does("", [&] {
    expect_that(bench.kernel.now() >= 300ms && bench.kernel.now() <= 350ms,
                "each of 3 shortages costs alice 100 ms",
                "she is accepted after " + duration_text(bench.kernel.now()));
  });
  bench.kernel.client("bob").waits(1s).receives("hi");
  host.run(bench);
}

// The thread is not the accept loop's alone.
LAB_TEST(Accepting, OthersAreServedDuringThePause, "not-asleep") {
  AsioBench bench(Protocol::framed);
  Host host;
  bench.kernel.fails("accept", EMFILE, 1);
  bool served = false;
  Client& alice = bench.kernel.client("alice");
  alice.waits(30ms).does("something is posted to the io_context",
                         [&] { bench.post([&] { served = true; }); });
  alice.waits(10ms).does("", [&] {
    expect_that(served, "handlers are called during the pause, too",
                "none was within 10 ms: something keeps the thread");
  });
  alice.receives("hi");
  host.run(bench);
}

LAB_TEST(Accepting, ClosingTheAcceptorEndsIt, "closed") {
  AsioBench bench(Protocol::framed);
  Host host;
  bench.kernel.client("alice").receives("hi").does("", [&] { bench.close_acceptor(); });
  const Ending ending = host.run(bench);
  expect_that(ending == Ending::returned, "io_context::run() returns: there is nothing to do",
              "the accept loop goes on");
  bench.end();
}

// Closing it wakes nobody up: no operation of it is under way. What else is keeps run() going for
// 300 ms more.
LAB_TEST(Accepting, ClosingItDuringAPauseEndsIt, "closed") {
  AsioBench bench(Protocol::framed);
  Host host;
  std::optional<asio::steady_timer> other;
  Client& alice = bench.kernel.client("alice");
  alice.receives("hi").does("bob's connection will find no free descriptor", [&] {
    other.emplace(host.sockets.front().get_executor(), 1h);
    other->async_wait([](error_code) {});
    bench.kernel.fails("accept", EMFILE, 1);
    bench.kernel.client("bob");
  });
  alice.waits(30ms).does("", [&] { bench.close_acceptor(); }).waits(300ms);
  alice.does("", [&] { bench.post([&] { other.reset(); }); });
  const Ending ending = host.run(bench);
  other.reset();
  expect_that(ending == Ending::returned, "io_context::run() returns: there is nothing to do",
              "the accept loop goes on, and asks an acceptor that was closed during its pause");
  bench.end();
}

LAB_TEST(Accepting, DestroyedDuringAPause, "closed") {
  AsioBench bench(Protocol::framed);
  Host host;
  bench.kernel.fails("accept", EMFILE, 1);
  bench.kernel.client("alice");
  host.run(bench);
  bench.end();
}

}  // namespace
}  // namespace lab
