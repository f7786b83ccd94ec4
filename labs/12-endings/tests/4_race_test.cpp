// Two handlers, and both are called.
#include "bench.hpp"

namespace lab {
namespace {

// A read and a write are in flight, and it takes nothing.
Client& stuck_client(Bench& bench, const std::string& name) {
  bench.kernel.send_buffer(100);
  return bench.kernel.client(name).stops_reading().sends(some_bytes(1000));
}

LAB_TEST(Race, AReadAndAWriteAreClosedOnce, "once") {
  Bench bench;
  bench.options.idle_timeout = 30s;
  bench.sees_close_at(stuck_client(bench, "alice"), 30s);
  bench.run();
  bench.expect_endings(Reason::idle, 1);
  bench.end();
}

LAB_TEST(Race, AReadThatWaitsIsClosedOnce, "once") {
  Bench bench;
  bench.options.idle_timeout = 30s;
  bench.sees_close_at(bench.kernel.client("alice"), 30s);
  bench.run();
  bench.expect_endings(Reason::idle, 1);
  bench.end();
}

LAB_TEST(Race, AResetFailsBothOnce, "once") {
  Bench bench;
  bench.options.idle_timeout = 30s;
  stuck_client(bench, "alice").waits(1s).resets().sees_close();
  bench.run();
  bench.expect_endings(Reason::lost, 1);
  bench.end();
}

LAB_TEST(Race, TheClientFinishesAsItsTimeIsOver, "once") {
  Bench bench;
  bench.options.idle_timeout = 30s;
  bench.sees_close_at(bench.kernel.client("alice").waits(30s).finishes(), 30s);
  bench.run();
  bench.expect_endings(Reason::finished, 1);
  bench.end();
}

// The read has completed, its handler is queued, and cannot be cancelled any more. The bytes are
// nowhere but in its buffer.
LAB_TEST(Race, WhatWasReadIsAnsweredThoughTheReadIsCancelled, "read-and-cancelled") {
  Bench bench;
  bench.options.read_size = 10;
  Client& alice = bench.kernel.client("alice");
  const std::string bytes = some_bytes(35);
  bench.at_once(alice.sends("hello").receives("hello"), [&, bytes] {
    alice.sends(bytes).does("", [&] { bench.stop_in_between(); });
    alice.receives(bytes).sees_end().finishes().sees_close();
  });
  bench.run_returns_at(0s);
  bench.expect_endings(Reason::drained, 1);
}

LAB_TEST(Race, StopComesWithAReset, "once") {
  Bench bench;
  Client& alice = stuck_client(bench, "alice");
  bench.at_once(alice.waits(1s), [&] {
    alice.resets().does("", [&] { bench.stop_in_between(); });
    alice.sees_close();
  });
  bench.run_returns_at(1s);
  bench.expect_endings(Reason::lost, 1);
}

}  // namespace
}  // namespace lab
