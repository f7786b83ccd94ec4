// How a connection ends though its client does not: it is idle, or the server is to stop. The clock
// is virtual.
#include "begin.hpp"
#include "machine/asio/asio_bench.hpp"
#include "machine/story/lab_test.hpp"
#include "machine/wire.hpp"

namespace lab {
namespace {

// Who neither sends a whole message nor takes output for a while is closed.

LAB_TEST(Idle, WhoSaysNothingIsClosed, "idle-timeout") {
  AsioBench bench(Protocol::echo);
  bench.options.idle_timeout = 30s;
  bench.kernel.client("alice").waits(10s).sends("hello").receives("hello").sees_close();
  bench.run(&begin);
  expect_that(bench.kernel.now() >= 40s && bench.kernel.now() < 41s,
              "alice is closed 30 s after her last message, which is at 40 s",
              "at " + duration_text(bench.kernel.now()));
  bench.end();
}

LAB_TEST(Idle, WhoIsActiveStays, "progress") {
  AsioBench bench(Protocol::echo);
  bench.options.idle_timeout = 30s;
  Client& alice = bench.kernel.client("alice");
  for (int i = 0; i < 5; ++i) alice.waits(20s).sends("still here").receives("still here");
  alice.finishes().sees_end().sees_close();
  bench.run(&begin);
  bench.end();
}

LAB_TEST(Idle, HalfAMessageIsNoProgress, "progress") {
  AsioBench bench(Protocol::framed);
  bench.options.idle_timeout = 30s;
  Client& alice = bench.kernel.client("alice").sends(header(100));
  for (int i = 0; i < 5; ++i) alice.waits(10s).sends("x");
  alice.sees_close();
  bench.kernel.client("bob").waits(35s).does("", [&] {
    expect_that(alice.descriptor() < 0, "35 s after half a message alice is closed", "she is not");
  });
  bench.run(&begin);
  bench.end();
}

LAB_TEST(Idle, WhoTakesOutputStays, "progress") {
  AsioBench bench(Protocol::echo);
  bench.options.idle_timeout = 30s;
  bench.kernel.send_buffer(1000);
  const std::string bytes = some_bytes(5000);
  Client& alice = bench.kernel.client("alice").stops_reading().sends(bytes);
  for (int i = 0; i < 5; ++i) alice.waits(20s).takes_once();
  alice.reads_again().receives(bytes).finishes().sees_close();
  bench.run(&begin);
  bench.end();
}

LAB_TEST(Idle, WhoTakesNothingIsClosed, "idle-timeout") {
  AsioBench bench(Protocol::echo);
  bench.options.idle_timeout = 30s;
  bench.kernel.send_buffer(1000);
  bench.kernel.client("alice").stops_reading().sends(some_bytes(5000)).sees_close();
  bench.run(&begin);
  expect_that(bench.kernel.now() < 31s, "alice is closed after 30 s",
              "after " + duration_text(bench.kernel.now()));
  bench.end();
}

LAB_TEST(Idle, WithoutATimeoutNobodyIs, "idle-timeout") {
  AsioBench bench(Protocol::echo);
  bench.options.idle_timeout = 0ms;
  Client& alice = bench.kernel.client("alice").waits(100h);
  alice.sends("hello").receives("hello").finishes().sees_end().sees_close();
  bench.run(&begin);
  bench.end();
}

LAB_TEST(Idle, NothingIsLeftOfWhoHasGone, "timer-and-lifetime") {
  AsioBench bench(Protocol::echo);
  bench.options.idle_timeout = 30s;
  Client& alice = bench.kernel.client("alice").sends("hello").receives("hello");
  alice.finishes().sees_end().sees_close();
  alice.does("", [&] { bench.close_acceptor(); });
  expect_that(bench.run(&begin) == Ending::returned, "nothing is left to do: run() returns",
              "it waits for more");
  expect_that(bench.kernel.now() < 1s, "and returns at once",
              "after " + duration_text(bench.kernel.now()));
  bench.end();
}

LAB_TEST(Idle, AProcessThatWasStoppedHasNoIdleClients, "late-timer") {
  AsioBench bench(Protocol::echo);
  bench.options.idle_timeout = 30s;
  Client& alice = bench.kernel.client("alice").sends("hello").receives("hello").waits(1s);
  alice.does("your process is stopped for ten minutes", [&] { bench.kernel.let_pass(10min); });
  alice.waits(1s).sends("again").receives("again").finishes().sees_end().sees_close();
  bench.run(&begin);
  bench.end();
}

// Closing the acceptor asks the server to stop: no answer may be lost, and no client may hold it
// up.

/// A step of a client: the program is asked to stop.
void stop(Client& client, AsioBench& bench) {
  client.does("", [&] { bench.close_acceptor(); });
}

void expect_end(AsioBench& bench) {
  expect_that(bench.run(&begin) == Ending::returned, "nothing is left to do: run() returns",
              "it waits for more");
  bench.end();
}

LAB_TEST(Drain, WhoIsIdleSeesTheEnd, "drain") {
  AsioBench bench(Protocol::echo);
  Client& alice = bench.kernel.client("alice").sends("hello").receives("hello");
  stop(alice, bench);
  alice.sees_end().finishes().sees_close();
  expect_end(bench);
  expect_that(bench.kernel.now() < 1s, "it takes no time", duration_text(bench.kernel.now()));
}

LAB_TEST(Drain, WhatHasArrivedIsAnswered, "drain-answers") {
  AsioBench bench(Protocol::echo);
  bench.options.read_size = 10;
  bench.kernel.send_buffer(10);
  const std::string bytes = some_bytes(100);
  Client& alice = bench.kernel.client("alice").stops_reading().sends(bytes).waits(1s);
  stop(alice, bench);
  alice.waits(1s).reads_again().receives(bytes).sees_end().finishes().sees_close();
  expect_end(bench);
}

LAB_TEST(Drain, HalfAMessageIsDropped, "drain") {
  AsioBench bench(Protocol::framed);
  const std::string whole = frame("whole");
  Client& alice = bench.kernel.client("alice").sends(whole + header(5) + "ab").receives(whole);
  stop(alice, bench);
  alice.sees_end().sends("cde").finishes().sees_close();
  expect_end(bench);
  expect_bytes("what alice receives in all", whole, alice.received());
}

LAB_TEST(Drain, TheDeadlineEndsIt, "drain-deadline") {
  AsioBench bench(Protocol::echo);
  bench.options.drain_timeout = 5s;
  bench.options.idle_timeout = 2min;
  Client& alice = bench.kernel.client("alice").sends("hello").receives("hello");
  Client& bob = bench.kernel.client("bob");
  alice.waits_until("bob is accepted", [&] { return bob.descriptor() >= 0; });
  stop(alice, bench);
  alice.sees_end().sees_close();
  bob.sees_end();
  for (int i = 0; i < 4; ++i) bob.waits(1s).sends("too late");
  bob.sees_close();
  expect_end(bench);
  expect_that(bench.kernel.now() < 20s, "who does not go is closed after 5 s",
              "it takes " + duration_text(bench.kernel.now()));
}

LAB_TEST(Drain, WhoTakesALittleIsClosedAtTheDeadline, "drain-deadline") {
  AsioBench bench(Protocol::echo);
  bench.kernel.send_buffer(1000);
  Client& alice = bench.kernel.client("alice").stops_reading().sends(some_bytes(20'000)).waits(1s);
  stop(alice, bench);
  for (int i = 0; i < 4; ++i) alice.waits(1s).takes_once();
  alice.sees_close();
  expect_end(bench);
  expect_that(bench.kernel.now() < 20s, "who does not go is closed after 5 s",
              "it takes " + duration_text(bench.kernel.now()));
}

LAB_TEST(Drain, WhoTakesNothingIsClosedAtTheDeadline, "drain-deadline") {
  AsioBench bench(Protocol::echo);
  bench.kernel.send_buffer(1000);
  Client& alice = bench.kernel.client("alice").stops_reading().sends(some_bytes(5000)).waits(1s);
  stop(alice, bench);
  alice.sees_close();
  expect_end(bench);
  expect_that(bench.kernel.now() < 20s, "who takes nothing is closed after 5 s",
              "it takes " + duration_text(bench.kernel.now()));
}

}  // namespace
}  // namespace lab
