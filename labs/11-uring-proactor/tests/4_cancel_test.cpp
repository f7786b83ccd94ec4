// An early end is one more operation, and races the one that it is meant for.
#include <cerrno>
#include <string>

#include "bench.hpp"

namespace lab {
namespace {

LAB_TEST(Cancel, AWaitingReceiveCompletes, "cancel") {
  Bench bench;
  scenes::a_cancelled_receive_completes(bench);
}

LAB_TEST(Cancel, LeavesNothingInTheNextResult, "old-result") {
  Bench bench;
  scenes::a_cancel_leaves_nothing_in_the_next_result(bench);
}

LAB_TEST(Cancel, NothingHappensWithoutOneInFlight, "cancel-nothing") {
  Bench bench;
  scenes::a_cancel_of_nothing_does_nothing(bench);
}

LAB_TEST(Cancel, EndsThisOperationOnly, "cancel-identity") {
  Bench bench;
  scenes::a_cancel_ends_one_operation_only(bench);
}

LAB_TEST(Cancel, AnOldOperationDoesNotEndItsSuccessor, "cancel-identity") {
  Bench bench;
  scenes::a_cancel_of_an_old_operation_spares_its_successor(bench);
}

LAB_TEST(Cancel, AfterItsCompletionChangesNothing, "cancel-too-late") {
  Bench bench;
  scenes::a_late_cancel_changes_nothing(bench);
}

LAB_TEST(Cancel, InsideAHandlerLosesNoByte, "cancel-too-late") {
  Bench bench;
  scenes::a_cancel_inside_a_handler_loses_no_byte(bench);
}

LAB_TEST(Cancel, AThreadOfTheKernelIsInterrupted, "cancel-interrupted") {
  Bench bench;
  Client& alice = bench.connected("alice");
  Job& receive = bench.receive_from(alice);
  receive.submit_receive();
  bench.turns();
  bench.kernel.fails("cancel", EALREADY);
  receive.cancel();
  bench.until_complete(receive);
  receive.expect_error(ECANCELED);
}

LAB_TEST(Cancel, TheKernelHasTheBufferUntilTheEnd, "cancel-buffer") {
  Bench bench;
  Client& alice = bench.connected("alice");
  Job& receive = bench.receive_from(alice);
  receive.submit_receive();
  bench.turns();
  alice.sends("just in time");
  bench.kernel.settle();
  receive.cancel();
  bench.until_complete(receive);  // the Job fails the test if the kernel still has its buffer
  if (receive.result().error == ECANCELED) receive.submit_receive();
  bench.turns();
  expect_bytes("what alice's receive has brought in all", "just in time", receive.all_received());
}

// Who wins is drawn from the seed, in every round anew.
LAB_TEST(Cancel, RacesTheCompletion, "cancel-too-late") {
  Bench bench;
  bench.kernel.is_capricious();
  Client& alice = bench.connected("alice");
  Job& receive = bench.receive_from(alice);
  std::string sent;
  for (int round = 0; round < 20; ++round) {
    receive.submit_receive();
    bench.turn();
    const std::string bytes = std::to_string(round) + ' ';
    alice.sends(bytes);
    sent += bytes;
    if (receive.in_flight()) receive.cancel();
    bench.until_complete(receive);
    const int error = receive.result().error;
    expect_that(error == 0 || error == ECANCELED, "a cancelled receive brings bytes or ECANCELED",
                std::to_string(error));
  }
  bench.kernel.settle();
  while (receive.all_received().size() < sent.size()) {
    receive.submit_receive();
    bench.until_complete(receive);
  }
  expect_bytes("what alice's receive has brought in all", sent, receive.all_received());
}

LAB_TEST(Cancel, FindsWhatIsStillInTheQueue, "full-queue") {
  Bench bench(2);
  Client& alice = bench.connected("alice");
  Client& bob = bench.connected("bob");
  Job& from_alice = bench.receive_from(alice);
  Job& from_bob = bench.receive_from(bob);
  bench.kernel.fails("io_uring_enter", EAGAIN, 3);
  from_alice.submit_receive();
  from_bob.submit_receive();
  from_alice.cancel();
  from_bob.cancel();
  bench.until_complete(from_alice);
  bench.until_complete(from_bob);
  from_alice.expect_error(ECANCELED);
  from_bob.expect_error(ECANCELED);
}

// The third receive has to wait outside the queue, and when it is cancelled there is room again.
LAB_TEST(Cancel, StaysBehindWhatItCancels, "full-queue") {
  Bench bench(2);
  bench.turn();
  Job* last = nullptr;
  Story::current().step("the kernel has no memory for a moment");
  bench.kernel.fails("io_uring_enter", EAGAIN, 1);
  for (const char* name : {"alice", "bob", "carol"}) {
    last = &bench.receive_from(bench.connected(name));
    last->submit_receive();
  }
  last->cancel();
  bench.until_complete(*last);
  last->expect_error(ECANCELED);
}

}  // namespace
}  // namespace lab
