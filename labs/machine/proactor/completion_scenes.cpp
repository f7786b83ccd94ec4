// What is submitted completes: once, later, with its result.
#include <cerrno>

#include "machine/proactor/scenes.hpp"

namespace lab::scenes {

void receives_what_is_there_already(ProactorBench& bench) {
  Client& alice = bench.connected("alice").sends("hello");
  bench.kernel.settle();
  Job& receive = bench.receive_from(alice);
  receive.submit_receive();
  bench.until_complete(receive);
  receive.expect_bytes_of("hello");
}

void receives_what_arrives_later(ProactorBench& bench) {
  Client& alice = bench.connected("alice");
  Job& receive = bench.receive_from(alice);
  receive.submit_receive();
  bench.turns();
  expect_equal("completions before anything has arrived", 0U, receive.completions());
  expect_that(receive.in_flight(), "a receive is in flight until its handler is called",
              "in_flight is false");
  alice.sends("later");
  bench.until_complete(receive);
  receive.expect_bytes_of("later");
}

void sends_what_is_submitted(ProactorBench& bench) {
  Client& alice = bench.connected("alice").receives("good morning");
  Job& send = bench.send_to(alice);
  send.submit_send("good morning");
  bench.until_complete(send);
  send.expect_success();
  expect_equal("bytes sent", 12U, send.result().bytes);
  bench.until("alice receives what was sent", [&] { return alice.done(); });
}

void completes_never_inside_submit(ProactorBench& bench) {
  Client& alice = bench.connected("alice").sends("here already");
  bench.kernel.settle();
  Job& receive = bench.receive_from(alice);
  Job& send = bench.send_to(alice);
  receive.submit_receive();  // the Job fails the test if it is called in here
  send.submit_send("can go at once");
  expect_that(receive.in_flight() && send.in_flight(),
              "both operations are in flight until their handlers are called", "one is not");
  bench.until_complete(receive);
  bench.until_complete(send);
  receive.expect_bytes_of("here already");
}

void completes_once_per_submit(ProactorBench& bench) {
  Client& alice = bench.connected("alice");
  Job& receive = bench.receive_from(alice);
  for (int round = 0; round < 5; ++round) {
    alice.sends("x");
    receive.submit_receive();
    bench.until_complete(receive);
  }
  alice.sends("nobody has asked for this");
  bench.turns();
  expect_equal("completions of 5 receives", 5U, receive.completions());
  receive.submit_receive();
  bench.until_complete(receive);
  receive.expect_bytes_of("nobody has asked for this");
}

// The second is complete before the handler returns, while the queue is being delivered.
void what_a_handler_submits_is_not_lost(ProactorBench& bench) {
  bench.kernel.at_most_per_call(1);
  Client& alice = bench.connected("alice").sends("two");
  bench.kernel.settle();
  Job& receive = bench.receive_from(alice);
  receive.then = [&] {
    if (receive.completions() == 1) receive.submit_receive();
  };
  receive.submit_receive();
  bench.until("the receive that was submitted inside the handler completes",
              [&] { return receive.completions() == 2; });
  receive.expect_bytes_of("w");
}

void the_end_of_the_stream_is_zero_bytes(ProactorBench& bench) {
  Client& alice = bench.connected("alice");
  Job& receive = bench.receive_from(alice);
  receive.submit_receive();
  bench.turns();
  alice.finishes();
  bench.until_complete(receive);
  receive.expect_bytes_of("");
}

void a_lost_connection_is_a_value(ProactorBench& bench) {
  Client& alice = bench.connected("alice");
  Job& receive = bench.receive_from(alice);
  Job& send = bench.send_to(alice);
  receive.submit_receive();
  bench.turns();
  alice.resets();
  bench.until_complete(receive);
  receive.expect_error(ECONNRESET);
  send.submit_send("into the void");
  bench.until_complete(send);
  send.expect_error(EPIPE);
}

void accepts_one_connection_for_each_operation(ProactorBench& bench) {
  const int listener = bench.kernel.listener(Mode::non_blocking);
  bench.associate(listener);
  Job& accept = bench.accept_on(listener);
  accept.submit_accept();
  bench.turns();
  expect_equal("completions before anybody connects", 0U, accept.completions());
  Client& alice = bench.kernel.client("alice");
  Client& bob = bench.kernel.client("bob");
  bench.until_complete(accept);
  bench.turns();
  expect_equal("completions of one accept", 1U, accept.completions());
  expect_equal("the accepted descriptor", alice.descriptor(), accept.result().accepted);
  expect_equal("bob's descriptor before he was accepted", -1, bob.descriptor());
  accept.submit_accept();
  bench.until_complete(accept);
  expect_equal("the accepted descriptor", bob.descriptor(), accept.result().accepted);
}

void an_error_of_accept_is_a_value(ProactorBench& bench) {
  const int listener = bench.kernel.listener(Mode::non_blocking);
  bench.associate(listener);
  bench.kernel.descriptor_limit(bench.kernel.open_descriptors());
  Client& alice = bench.kernel.client("alice");
  Job& accept = bench.accept_on(listener);
  accept.submit_accept();
  bench.until_complete(accept);
  accept.expect_error(EMFILE);
  bench.turns();  // alice still waits, and nobody may spin because of her
  bench.kernel.descriptor_limit(100);
  accept.submit_accept();
  bench.until_complete(accept);
  accept.expect_success();
  expect_equal("the accepted descriptor", alice.descriptor(), accept.result().accepted);
}

}  // namespace lab::scenes
