// Waiting: not too short, not too long, and not at all when something is complete.
#include "bench.hpp"

namespace lab {
namespace {

LAB_TEST(Timeout, IsWaitedForAndNoLonger, "timeout") {
  Bench bench;
  scenes::a_timeout_is_waited_for_and_no_longer(bench);
}

LAB_TEST(Timeout, WhatIsCompleteIsNotWaitedFor, "timeout-complete") {
  Bench bench;
  scenes::what_is_complete_is_not_waited_for(bench);
}

LAB_TEST(WakeUp, BeforeAndWhileWaiting, "wake-up") {
  Bench bench;
  scenes::wakes_up_before_and_while_waiting(bench);
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
