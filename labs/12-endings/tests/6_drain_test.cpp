#include <cerrno>

#include "bench.hpp"

namespace lab {
namespace {

LAB_TEST(Drain, WithNobodyThere, "stop") {
  Bench bench;
  Client& alice = bench.kernel.client("alice");
  alice.finishes().sees_close().does("", [&] { bench.stop(); });
  bench.run_returns_at(0s);
  bench.end();
}

LAB_TEST(Drain, WaitsForTheClientsToFinish, "drain") {
  Bench bench;
  Client& alice = bench.kernel.client("alice");
  alice.sends("hello").receives("hello").does("", [&] { bench.stop(); }).sees_end().waits(1s);
  alice.does("", [&] {
    expect_that(!bench.server->drained(), "drained() is false while alice is connected",
                "it is true");
  });
  alice.sends("too late").waits(500ms).sends("and again").waits(500ms).does("", [&] {
    expect_bytes("what alice receives in all", "hello", alice.received());
  });
  alice.finishes().sees_close();
  bench.run_returns_at(2s);
  bench.expect_endings(Reason::drained, 1);
  bench.end();
}

LAB_TEST(Drain, AnswersWhatHasArrived, "drain-answers") {
  Bench bench;
  bench.options.read_size = 10;
  const std::string bytes = some_bytes(95);
  Client& alice = bench.kernel.client("alice");
  bench.at_once(alice.sends("hello").receives("hello"), [&, bytes] {
    alice.sends(bytes).does("", [&] { bench.stop(); });
    alice.receives(bytes).sees_end().finishes().sees_close();
  });
  bench.run_returns_at(0s);
  bench.expect_endings(Reason::drained, 1);
}

LAB_TEST(Drain, AnswersThoughTheOutputIsFull, "drain-answers") {
  Bench bench;
  bench.kernel.send_buffer(50);
  bench.options.read_size = 100;
  bench.options.output_limit = 200;
  const std::string bytes = some_bytes(2000);
  Client& alice = bench.kernel.client("alice");
  alice.stops_reading().sends(bytes).waits(1s).does("", [&] { bench.stop(); });
  alice.waits(1s).does("", [&] {
    const std::size_t unread = unread_bytes(alice.descriptor());
    expect_that(unread >= 1600, "while draining no more than output_limit (200) is held either",
                "of 2,000 bytes " + std::to_string(unread) + " are still in her socket");
  });
  alice.reads_again().receives(bytes).sees_end().finishes().sees_close();
  bench.run_returns_at(2s);
  bench.expect_endings(Reason::drained, 1);
}

LAB_TEST(Drain, AWriteInFlightGoesOn, "drain-answers") {
  Bench bench;
  bench.kernel.send_buffer(50);
  const std::string bytes = some_bytes(1000);
  Client& alice = bench.kernel.client("alice");
  alice.stops_reading().sends(bytes).waits(1s).does("", [&] { bench.stop(); });
  for (int i = 0; i < 3; ++i) alice.waits(1s).takes_once();
  alice.reads_again().receives(bytes).sees_end().finishes().sees_close();
  bench.run_returns_at(4s);
  bench.expect_endings(Reason::drained, 1);
}

LAB_TEST(Drain, AHalfOpenClientIsDrainedToo, "drain-answers") {
  Bench bench;
  bench.kernel.send_buffer(50);
  const std::string bytes = some_bytes(1000);
  Client& alice = bench.kernel.client("alice");
  alice.stops_reading().sends(bytes).finishes().waits(1s).does("", [&] { bench.stop(); });
  alice.waits(1s).reads_again().receives(bytes).sees_end().sees_close();
  bench.run_returns_at(2s);
  bench.expect_endings(Reason::drained, 1);
}

LAB_TEST(Drain, NoLongerThanItsTimeout, "drain-deadline") {
  Bench bench;
  bench.kernel.send_buffer(100);
  Client& alice = bench.kernel.client("alice");
  alice.sends("hello").receives("hello").waits(1s).does("", [&] { bench.stop(); }).sees_end();
  bench.sees_close_at(alice, 6s);
  bench.sees_close_at(bench.kernel.client("bob").stops_reading().sends(some_bytes(1000)), 6s);
  bench.run_returns_at(6s);
  bench.expect_endings(Reason::cut_off, 2);
  bench.end();
}

LAB_TEST(Drain, WhoResetsIsLostAllTheSame, "reset") {
  Bench bench;
  Client& alice = bench.kernel.client("alice");
  alice.sends("hello").receives("hello").does("", [&] { bench.stop(); }).sees_end();
  alice.waits(1s).resets();
  bench.run_returns_at(1s);
  bench.expect_endings(Reason::lost, 1);
}

LAB_TEST(Drain, WhatIsThrownAwayIsNoProgress, "drain-deadline") {
  Bench bench;
  bench.options.idle_timeout = 2s;
  bench.options.drain_timeout = 10s;
  Client& alice = bench.kernel.client("alice");
  alice.sends("hello").receives("hello").does("", [&] { bench.stop(); }).sees_end();
  for (int i = 0; i < 3; ++i) alice.waits(500ms).sends("more");
  bench.sees_close_at(alice, 2s);
  bench.run_returns_at(2s);
  bench.expect_endings(Reason::idle, 1);
}

LAB_TEST(Drain, ASecondStopChangesNothing, "second-stop") {
  Bench bench;
  Client& alice = bench.kernel.client("alice");
  alice.sends("hello").receives("hello").does("", [&] { bench.stop(); }).sees_end();
  alice.waits(3s).does("", [&] { bench.stop(); });
  bench.sees_close_at(alice, 5s);
  bench.run_returns_at(5s);
  bench.expect_endings(Reason::cut_off, 1);
}

// bob's accept has completed, its handler is queued, and stop() is called before it.
LAB_TEST(Drain, WhoWasJustAcceptedIsDrainedToo, "stop-while-accepting") {
  Bench bench;
  Client& zoe = bench.kernel.client("zoe");
  bench.at_once(zoe.sends("hello").receives("hello"), [&] {
    for (const std::string name : {"alice", "bob"}) {
      bench.kernel.client(name).sends(name).receives(name).sees_end().finishes().sees_close();
    }
    zoe.does("", [&] { bench.stop_in_between(); }).sees_end().finishes().sees_close();
  });
  bench.run_returns_at(0s);
  bench.expect_endings(Reason::drained, 3);
  bench.end();
}

LAB_TEST(Drain, OutOfDescriptors, "stop-while-pausing") {
  Bench bench;
  bench.kernel.descriptor_limit(AsioBench::own_descriptors + 1);
  Client& alice = bench.kernel.client("alice");
  alice.sends("hello").receives("hello").waits(950ms).does("", [&] { bench.stop(); });
  alice.sees_end().finishes().sees_close();
  bench.kernel.client("bob");
  bench.run_returns_at(0s);
  bench.expect_endings(Reason::drained, 1);
  bench.end();
}

// The pause is over in the moment in which stop() is called: its handler is queued.
LAB_TEST(Drain, AsThePauseIsOver, "stop-while-pausing") {
  Bench bench;
  bench.kernel.fails("accept", EMFILE);
  Client& alice = bench.kernel.client("alice");
  alice.waits(accept_pause).does("", [&] { bench.stop(); });
  bench.run_returns_at(0s);
  bench.end();
}

LAB_TEST(Drain, EverybodyLeavesAtOnce, "once") {
  Bench bench;
  Client& alice = bench.kernel.client("alice");
  Client& bob = bench.kernel.client("bob");
  bob.sends("b").receives("b");
  bench.at_once(alice.sends("a").receives("a").waits(1s), [&] {
    bob.resets().sees_close();
    alice.finishes().does("", [&] { bench.stop(); }).sees_end().sees_close();
  });
  bench.run_returns_at(1s);
  expect_equal("connections that were closed", std::size_t{2}, bench.server->endings().all());
  bench.end();
}

}  // namespace
}  // namespace lab
