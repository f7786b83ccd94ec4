#include "bench.hpp"

namespace lab {
namespace {

LAB_TEST(Drain, WithNobodyThere, "drain") {
  Bench bench;
  Client& alice = bench.kernel.client("alice");
  alice.finishes().sees_close().does("", [&] { bench.drain(); });
  bench.run();
  expect_that(bench.server->drained(), "drained() is true if there is no client", "it is false");
  bench.kernel.expect_open(0, "drain() closes the listener, so that nobody else can connect");
}

LAB_TEST(Drain, WaitsForTheClientsToGo, "drain") {
  Bench bench;
  Client& alice = bench.kernel.client("alice");
  alice.sends("hello").receives("hello").does("", [&] { bench.drain(); });
  alice.sees_end().waits(1s).does("", [&] {
    expect_that(!bench.server->drained(), "drained() is false while alice is connected",
                "it is true");
  });
  alice.sends("too late").waits(50ms).does("", [&] {
    expect_bytes("what alice receives in all", "hello", alice.received());
  });
  alice.finishes().sees_close();
  bench.run();
  expect_that(bench.server->drained(), "drained() is true once the last client has gone",
              "it is false");
  bench.end();
}

LAB_TEST(Drain, AnswersWhatHasArrived, "drain-answers") {
  Bench bench;
  bench.options.read_size = 10;
  const std::string bytes = some_bytes(95);
  Client& alice = bench.kernel.client("alice");
  alice.sends("hello").receives("hello");
  bench.at_once(alice, [&, bytes] {
    alice.sends(bytes).does("", [&] { bench.drain(); });
    alice.receives(bytes).sees_end().finishes().sees_close();
  });
  bench.run();
}

LAB_TEST(Drain, AnswersWhatHasArrivedThoughTheOutputIsFull, "drain-answers") {
  Bench bench;
  bench.kernel.send_buffer(50);
  bench.options.read_size = 100;
  bench.options.output_limit = 200;
  const std::string bytes = some_bytes(2000);
  Client& alice = bench.kernel.client("alice");
  alice.stops_reading().sends(bytes).waits(50ms).does("", [&] { bench.drain(); });
  alice.waits(50ms).reads_again().receives(bytes).sees_end().finishes().sees_close();
  bench.run();
}

LAB_TEST(Drain, HalfAFrameIsDropped, "drain-answers") {
  Bench bench(Protocol::framed);
  Client& alice = bench.kernel.client("alice");
  alice.sends(frame("hello") + header(10) + "half").receives(frame("hello"));
  alice.does("", [&] { bench.drain(); }).sees_end().finishes().sees_close();
  bench.run();
}

LAB_TEST(Drain, EveryoneMayGoAtOnce, "drain-lifetime") {
  Bench bench;
  Client& alice = bench.kernel.client("alice");
  Client& bob = bench.kernel.client("bob");
  bob.sends("b").receives("b");
  bench.kernel.client("carol").sends("c").receives("c");
  alice.sends("a").receives("a").waits(50ms);
  bench.at_once(alice, [&] {
    bob.resets().sees_close();
    alice.finishes().does("", [&] { bench.drain(); }).sees_end().sees_close();
  });
  bench.run();
}

LAB_TEST(Drain, DoesNotWaitLongerThanTheDeadline, "drain-deadline") {
  Bench bench;
  bench.options.drain_timeout = 1s;
  std::chrono::nanoseconds closed{0};
  Client& alice = bench.kernel.client("alice");
  alice.sends("hello").receives("hello").waits(500ms).does("", [&] { bench.drain(); });
  alice.sees_end().sees_close().does("", [&] { closed = bench.kernel.now(); });
  bench.run(5s);
  expect_between("the connection of a client who stays is closed", 1450ms, 1750ms, closed);
  expect_that(bench.server->drained(), "drained() is true then", "it is false");
}

}  // namespace
}  // namespace lab
