// What a handler may do: submit again, destroy, close, and let a number be used anew.
#include <string>

#include "machine/proactor/scenes.hpp"

namespace lab::scenes {

void submits_inside_the_handler(ProactorBench& bench) {
  Client& alice = bench.connected("alice");
  Job& receive = bench.receive_from(alice);
  receive.then = [&] {
    expect_that(!receive.in_flight(), "nothing is in flight when the handler is called",
                "in_flight is still true");
    if (receive.completions() < 3) receive.submit_receive();
  };
  receive.submit_receive();
  bench.turns();
  for (std::size_t round = 1; round <= 3; ++round) {
    alice.sends("x");
    bench.until("receive " + std::to_string(round) + " completes",
                [&] { return receive.completions() == round; });
    bench.turns();
    expect_that(
        receive.in_flight() == (round < 3),
        round < 3 ? "what was submitted inside the handler is in flight" : "nothing is in flight",
        round < 3 ? "in_flight is false" : "in_flight is true");
  }
}

// alice has much, a byte at a time, and her handler receives again at once. Meanwhile bob sends.
void submits_endlessly_and_lets_others_in(ProactorBench& bench) {
  bench.kernel.at_most_per_call(1);
  Client& alice = bench.connected("alice").sends(std::string(3000, 'a'));
  Client& bob = bench.connected("bob");
  bench.kernel.settle();
  Job& from_alice = bench.receive_from(alice);
  Job& from_bob = bench.receive_from(bob);
  from_bob.submit_receive();
  bench.turn();
  from_alice.then = [&] {
    if (from_alice.completions() == 20) {
      bob.sends("b");
      bench.kernel.settle();
    }
    expect_that(from_bob.is_complete() || from_alice.completions() < 1000,
                "bob's receive completes soon after his byte has come",
                "it waits, and alice's receive has completed 1,000 times");
    from_alice.submit_receive(1);
  };
  from_alice.submit_receive(1);
  for (int i = 0; i < 1000 && !from_bob.is_complete(); ++i) bench.turn(10ms);
  from_bob.expect_bytes_of("b");
  from_alice.then = nullptr;
  bench.until_complete(from_alice);
}

// Receiving the end of a stream never blocks: a handler that goes on for ever must not keep
// handle_events() from returning, or nobody could stop the server.
void submits_endlessly_and_lets_handle_events_return(ProactorBench& bench) {
  Client& alice = bench.connected("alice").finishes();
  bench.kernel.settle();
  Job& receive = bench.receive_from(alice);
  receive.then = [&] {
    expect_that(receive.completions() < 900, "handle_events() returns now and then",
                "the handler was called 900 times in one call of it");
    receive.submit_receive();
  };
  receive.submit_receive();
  bench.turn(10ms);
  receive.then = nullptr;
  bench.until_complete(receive);
}

void destroys_an_operation_in_its_handler(ProactorBench& bench) {
  Client& alice = bench.connected("alice").sends("the end");
  Job& receive = bench.receive_from(alice);
  bool destroyed = false;
  receive.then = [&] {
    bench.dissociate_and_close(alice.descriptor());
    bench.destroy(receive);
    destroyed = true;
  };
  receive.submit_receive();
  bench.until("the handler is called", [&] { return destroyed; });
  bench.turns();
  bench.expect_open(0, "nothing is open");
}

// Whoever is called first ends the other connection, of which the Reactor may have found
// something in this turn, and whose receive is not in flight any more, or is cancelled.
void destroys_another_connection_in_a_handler(ProactorBench& bench) {
  Client& alice = bench.connected("alice").sends("warm up");
  Client& bob = bench.connected("bob").sends("warm up");
  Job& from_alice = bench.receive_from(alice);
  Job& from_bob = bench.receive_from(bob);
  from_alice.submit_receive();
  from_bob.submit_receive();
  bench.until_complete(from_alice);
  bench.until_complete(from_bob);
  from_alice.submit_receive();
  bench.turns();
  from_alice.then = [&] {
    bench.dissociate_and_close(bob.descriptor());
    bench.destroy(from_bob);
  };
  alice.sends("end bob");
  bob.sends("nobody waits for this");
  bench.kernel.settle();
  bench.until_complete(from_alice);
  bench.turns();
  bench.expect_open(1, "only alice's connection is open");
}

// The system gives a closed descriptor's number to the next connection.
void a_number_is_used_again(ProactorBench& bench) {
  Client& alice = bench.connected("alice").sends("good bye");
  const int number = alice.descriptor();
  Job& old = bench.receive_from(alice);
  Client* bob = nullptr;
  Job* receive = nullptr;
  old.then = [&] {
    bench.dissociate_and_close(number);
    bench.destroy(old);
    bob = &bench.connected("bob");
    receive = &bench.receive_from(*bob);
    receive->submit_receive();
  };
  old.submit_receive();
  bench.until("alice's receive completes", [&] { return receive != nullptr; });
  bench.turns();
  expect_equal("bob's descriptor", number, bob->descriptor());
  expect_equal("completions before bob has sent anything", 0U, receive->completions());
  bob->sends("I am bob");
  bench.until_complete(*receive);
  receive->expect_bytes_of("I am bob");
}

void a_buffer_is_not_touched_before_submit(ProactorBench& bench) {
  Client& alice = bench.connected("alice").sends("first");
  Job& receive = bench.receive_from(alice);
  receive.submit_receive();
  bench.until_complete(receive);  // its buffer is full of dots again
  alice.sends("second");
  bench.turns();
  receive.expect_buffer_untouched();
  Job& other = bench.receive_from(alice);
  other.submit_receive();
  bench.until_complete(other);
  other.expect_bytes_of("second");
}

void a_buffer_is_not_touched_after_a_cancel(ProactorBench& bench) {
  Client& alice = bench.connected("alice");
  Job& receive = bench.receive_from(alice);
  receive.submit_receive();
  bench.turns();
  receive.cancel();
  bench.until_complete(receive);
  bench.destroy(receive);  // with its buffer: to touch it now is a use after free
  alice.sends("too late for it");
  bench.turns();
  Job& other = bench.receive_from(alice);
  other.submit_receive();
  bench.until_complete(other);
  other.expect_bytes_of("too late for it");
}

}  // namespace lab::scenes
