// What cannot be done now waits for the Reactor.
#include "bench.hpp"

namespace lab {
namespace {

LAB_TEST(WouldBlock, NothingBlocks, "blocking") {
  Bench bench;
  scenes::nothing_blocks(bench);
}

LAB_TEST(WouldBlock, AFullSendBufferIsWaitedFor, "send-parked") {
  Bench bench;
  scenes::a_full_send_buffer_is_waited_for(bench);
}

LAB_TEST(WouldBlock, ReadinessByMistakeIsNoResult, "mistaken-readiness") {
  Bench bench;
  Client& alice = bench.connected("alice");
  Job& receive = bench.receive_from(alice);
  receive.submit_receive();
  bench.turns();
  bench.reactor().reports_by_mistake(alice.descriptor(), Events::read);
  bench.turns();
  expect_that(receive.in_flight() && receive.completions() == 0,
              "alice's receive goes on waiting after a report that was a mistake",
              "it is complete");
  alice.sends("now really");
  bench.until_complete(receive);
  receive.expect_bytes_of("now really");
}

LAB_TEST(WouldBlock, BothDirectionsWaitAtOnce, "both-directions") {
  Bench bench;
  scenes::both_directions_wait_at_once(bench);
}

LAB_TEST(Send, AShortOneCompletesWithWhatWasTaken, "short-send") {
  Bench bench;
  scenes::a_short_send_completes_with_what_was_taken(bench);
}

LAB_TEST(Send, TheRestFollowsInOrder, "short-send") {
  Bench bench;
  scenes::the_rest_of_a_send_follows_in_order(bench);
}

LAB_TEST(Order, EveryByteComesBack, "order") {
  Bench bench;
  scenes::every_byte_comes_back(bench);
}

}  // namespace
}  // namespace lab
