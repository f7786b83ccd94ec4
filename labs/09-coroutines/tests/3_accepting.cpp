// The loop that must not end before it is told to.
#include <array>
#include <cerrno>
#include <string>

#include "bench.hpp"

namespace lab {
namespace {

LAB_TEST(Accepting, OutOfDescriptorsItPauses, "pause") {
  AsioBench bench(Protocol::framed);
  bench.kernel.descriptor_limit(AsioBench::own_descriptors + 1);
  const std::string hello = frame("hello");
  Client& alice = bench.kernel.client("alice");
  alice.sends(hello).receives(hello).waits(1s).does("", [&] {
    const std::size_t calls = bench.kernel.calls("accept");
    expect_that(calls <= 15, "accepting is tried again every 100 ms: 10 times a second",
                "it was tried " + std::to_string(calls) + " times");
  });
  alice.sends(hello).receives(hello).finishes().sees_close();
  bench.kernel.client("bob").waits(10ms).sends(hello).receives(hello);
  run_server(bench);
}

LAB_TEST(Accepting, OtherShortagesPass, "pause") {
  constexpr std::array shortages{EMFILE, ENFILE, ENOBUFS, ENOMEM};
  AsioBench bench(Protocol::framed);
  bench.kernel.fails("accept", shortages.at(Story::current().seed() % shortages.size()), 3);
  const std::string hello = frame("hello");
  bench.kernel.client("alice").sends(hello).receives(hello).does("", [&] {
    expect_that(bench.kernel.now() >= 300ms && bench.kernel.now() <= 350ms,
                "each of 3 shortages costs alice 100 ms",
                "she is answered after " + duration_text(bench.kernel.now()));
  });
  bench.kernel.client("bob").waits(1s).sends(hello).receives(hello);
  run_server(bench);
}

// The thread is not the accept loop's alone.
LAB_TEST(Accepting, OthersAreServedDuringThePause, "never-block") {
  AsioBench bench(Protocol::framed);
  bench.kernel.fails("accept", EMFILE, 1);
  bool served = false;
  Client& alice = bench.kernel.client("alice");
  alice.waits(30ms).does("something is posted to the io_context",
                         [&] { bench.post([&] { served = true; }); });
  alice.waits(10ms).does("", [&] {
    expect_that(served, "others are called during the pause, too",
                "nobody was within 10 ms: something keeps the thread");
  });
  alice.sends(frame("hello")).receives(frame("hello"));
  run_server(bench);
}

LAB_TEST(Accepting, ClosingTheAcceptorEndsIt, "closed") {
  AsioBench bench(Protocol::framed);
  const std::string hello = frame("hello");
  Client& alice = bench.kernel.client("alice");
  alice.sends(hello).receives(hello).does("", [&] { bench.close_acceptor(); }).waits(50ms);
  alice.sends(hello).receives(hello).finishes().sees_close();
  const Ending ending = run_server(bench);
  expect_that(ending == Ending::returned, "io_context::run() returns: there is nothing to do",
              "some coroutine goes on");
  bench.end();
}

// Closing it wakes nobody up: no operation of it is under way.
LAB_TEST(Accepting, ClosingItDuringAPauseEndsIt, "closed") {
  AsioBench bench(Protocol::framed);
  const std::string hello = frame("hello");
  Client& alice = bench.kernel.client("alice");
  alice.sends(hello).receives(hello);
  alice.does("bob's connection will find no free descriptor", [&] {
    bench.kernel.fails("accept", EMFILE, 1);
    bench.kernel.client("bob");
  });
  alice.waits(30ms).does("", [&] { bench.close_acceptor(); }).waits(300ms);
  alice.sends(hello).receives(hello).finishes().sees_close();
  const Ending ending = run_server(bench);
  expect_that(ending == Ending::returned, "io_context::run() returns: there is nothing to do",
              "the accept loop goes on, and asks an acceptor that was closed during its pause");
  bench.end();
}

}  // namespace
}  // namespace lab
