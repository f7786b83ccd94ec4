// An early end: with ECANCELED or with the result, and never both or neither.
#include <cerrno>

#include "machine/proactor/scenes.hpp"

namespace lab::scenes {

void a_cancelled_receive_completes(ProactorBench& bench) {
  Client& alice = bench.connected("alice");
  Job& receive = bench.receive_from(alice);
  receive.submit_receive();
  bench.turns();
  receive.cancel();  // the Job fails the test if it is called in here
  expect_that(receive.in_flight(), "it is in flight until its handler is called", "it is not");
  receive.cancel();  // changes nothing any more
  bench.turn(-1ms);  // must not wait: something is complete
  receive.expect_error(ECANCELED);
  bench.turns();
  expect_equal("completions", 1U, receive.completions());
}

void a_cancel_leaves_nothing_in_the_next_result(ProactorBench& bench) {
  Client& alice = bench.connected("alice").sends("first");
  Job& receive = bench.receive_from(alice);
  receive.submit_receive();
  bench.until_complete(receive);
  receive.expect_bytes_of("first");
  receive.submit_receive();
  bench.turns();
  receive.cancel();
  bench.until_complete(receive);
  receive.expect_error(ECANCELED);
  alice.sends("third");
  receive.submit_receive();
  bench.until_complete(receive);
  receive.expect_bytes_of("third");
}

void a_cancel_of_nothing_does_nothing(ProactorBench& bench) {
  Client& alice = bench.connected("alice").sends("first");
  Job& receive = bench.receive_from(alice);
  receive.cancel();
  bench.turns();
  expect_equal("completions of what was never submitted", 0U, receive.completions());
  receive.submit_receive();
  bench.until_complete(receive);
  receive.expect_bytes_of("first");
  receive.cancel();
  bench.turns();
  expect_equal("completions of one submit()", 1U, receive.completions());
}

void a_cancel_ends_one_operation_only(ProactorBench& bench) {
  bench.kernel.send_buffer(4);
  Client& alice = bench.connected("alice").stops_reading();
  Client& bob = bench.connected("bob");
  bench.kernel.settle();
  Job& receive = bench.receive_from(alice);
  Job& send = bench.send_to(alice);
  Job& other = bench.receive_from(bob);
  send.submit_send("full");
  bench.until_complete(send);
  send.submit_send("more");
  receive.submit_receive();
  other.submit_receive();
  bench.turns();
  receive.cancel();
  bench.until_complete(receive);
  bench.turns();
  expect_that(send.in_flight(), "alice's send goes on", "it is complete");
  expect_that(other.in_flight(), "bob's receive goes on", "it is complete");
}

// Its address is its identity: a handle and a direction are not.
void a_cancel_of_an_old_operation_spares_its_successor(ProactorBench& bench) {
  Client& alice = bench.connected("alice").sends("first");
  Job& old = bench.receive_from(alice);
  Job& successor = bench.receive_from(alice);
  old.submit_receive();
  bench.until_complete(old);
  successor.submit_receive();
  bench.turns();
  old.cancel();
  bench.turns();
  expect_that(successor.in_flight(), "the second receive is in flight", "it is complete");
  alice.sends("second");
  bench.until_complete(successor);
  successor.expect_bytes_of("second");
}

void a_late_cancel_changes_nothing(ProactorBench& bench) {
  Client& alice = bench.connected("alice").sends("hello");
  bench.kernel.settle();
  Job& receive = bench.receive_from(alice);
  receive.submit_receive();  // may be performed here
  receive.cancel();
  bench.until_complete(receive);
  if (receive.result().error == ECANCELED) receive.submit_receive();
  bench.turns();
  expect_bytes("what alice's receive has brought in all", "hello", receive.all_received());
}

// Both become ready in one turn, and each handler cancels the other operation. A receive that has
// its bytes by then must not lose them.
void a_cancel_inside_a_handler_loses_no_byte(ProactorBench& bench) {
  Client& alice = bench.connected("alice");
  Client& bob = bench.connected("bob");
  Job& from_alice = bench.receive_from(alice);
  Job& from_bob = bench.receive_from(bob);
  from_alice.then = [&] { from_bob.cancel(); };
  from_bob.then = [&] { from_alice.cancel(); };
  from_alice.submit_receive();
  from_bob.submit_receive();
  bench.turns();
  alice.sends("from alice");
  bob.sends("from bob");
  bench.kernel.settle();
  bench.until_complete(from_alice);
  bench.until_complete(from_bob);
  from_alice.then = from_bob.then = nullptr;
  if (from_alice.result().error == ECANCELED) from_alice.submit_receive();
  if (from_bob.result().error == ECANCELED) from_bob.submit_receive();
  bench.turns();
  expect_bytes("what alice's receive has brought", "from alice", from_alice.all_received());
  expect_bytes("what bob's receive has brought", "from bob", from_bob.all_received());
}

}  // namespace lab::scenes
