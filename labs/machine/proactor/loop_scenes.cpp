// Waiting: not too short, not too long, and not at all when something is complete.
#include "machine/proactor/scenes.hpp"

namespace lab::scenes {

void a_timeout_is_waited_for_and_no_longer(ProactorBench& bench) {
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

void what_is_complete_is_not_waited_for(ProactorBench& bench) {
  Client& alice = bench.connected("alice").receives("hello");
  Job& send = bench.send_to(alice);
  const auto before = bench.kernel.now();
  send.submit_send("hello");
  bench.turn(10s);
  expect_that(send.is_complete(), "the send is complete after one call", "it is not");
  expect_that(bench.kernel.now() - before < 1s, "no time passes", "10 s do");
}

void wakes_up_before_and_while_waiting(ProactorBench& bench) {
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

}  // namespace lab::scenes
