// Waiting: not too short, not too long, and not at all when something is complete.
#include "bench.hpp"

namespace lab {
namespace {

LAB_TEST(Timeout, IsWaitedForAndNoLonger, "timeout") {
  Bench bench;
  Client& alice = bench.connected("alice");
  Job& receive = bench.receive_from(alice);
  receive.submit_receive();
  const auto before = bench.kernel.now();
  bench.turn(0ms);
  expect_that(bench.kernel.now() == before, "no time passes in handle_events(0 ms)", "some does");
  bench.turn(50ms);
  expect_equal(
      "ms that have passed", 50,
      std::chrono::duration_cast<std::chrono::milliseconds>(bench.kernel.now() - before).count());
}

LAB_TEST(Timeout, WhatIsCompleteIsNotWaitedFor, "timeout-complete") {
  Bench bench;
  Client& alice = bench.connected("alice").receives("hello");
  Job& send = bench.send_to(alice);
  const auto before = bench.kernel.now();
  send.submit_send("hello");
  bench.turn(10s);
  expect_that(send.is_complete(), "the send is complete after one call", "it is not");
  expect_that(bench.kernel.now() - before < 1s, "no time passes", "10 s do");
}

LAB_TEST(WakeUp, BeforeAndWhileWaiting, "wake-up") {
  Bench bench;
  Client& alice = bench.connected("alice");
  Job& receive = bench.receive_from(alice);
  receive.submit_receive();
  bench.proactor().wake_up();
  bench.turn(-1ms);  // would wait for ever
  alice.waits(30ms).does("somebody calls wake_up()", [&] { bench.proactor().wake_up(); });
  bench.turn(10s);
  expect_that(bench.kernel.now() >= 30ms, "handle_events() waits until it is woken",
              "it returned earlier");
  expect_that(bench.kernel.now() < 1s, "handle_events() returns when it is woken, after 30 ms",
              "it waited on");
}

// Level-triggered: a handle that is ready is reported by every turn of the Reactor, as long as
// somebody is interested.
LAB_TEST(Quiet, BytesThatNobodyWaitsFor, "quiet") {
  Bench bench;
  Client& alice = bench.connected("alice").sends("first");
  Job& receive = bench.receive_from(alice);
  receive.submit_receive();
  bench.until_complete(receive);
  alice.sends("and nobody receives this");
  bench.kernel.settle();
  const std::size_t turns = bench.reactor().eventful_turns();
  for (int i = 0; i < 6; ++i) bench.turn(100ms);
  expect_that(bench.reactor().eventful_turns() - turns <= 2,
              "the Reactor soon stops reporting what no operation waits for",
              "it has reported it in " +
                  count_of(bench.reactor().eventful_turns() - turns, "turn") + " of 6");
  receive.submit_receive();
  bench.until_complete(receive);
  receive.expect_bytes_of("and nobody receives this");
}

LAB_TEST(Quiet, RoomThatNobodyWaitsFor, "quiet") {
  Bench bench;
  bench.kernel.send_buffer(4);
  Client& alice = bench.connected("alice").stops_reading();
  bench.kernel.settle();
  Job& send = bench.send_to(alice);
  send.submit_send("full");
  bench.until_complete(send);
  send.submit_send("more");
  bench.turns();
  alice.reads_again().receives("fullmore");
  bench.until_complete(send);
  bench.kernel.settle();
  const std::size_t turns = bench.reactor().eventful_turns();
  for (int i = 0; i < 6; ++i) bench.turn(100ms);
  expect_that(bench.reactor().eventful_turns() - turns <= 2,
              "the Reactor soon stops reporting that there is room",
              "it has reported it in " +
                  count_of(bench.reactor().eventful_turns() - turns, "turn") + " of 6");
}

}  // namespace
}  // namespace lab
