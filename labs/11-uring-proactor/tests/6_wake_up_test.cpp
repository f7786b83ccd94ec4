// Woken from elsewhere, and asleep again afterwards.
#include "bench.hpp"

namespace lab {
namespace {

LAB_TEST(WakeUp, BeforeAndWhileWaiting, "wake-up") {
  Bench bench;
  scenes::wakes_up_before_and_while_waiting(bench);
}

LAB_TEST(WakeUp, EveryTime, "wake-up-again") {
  Bench bench;
  Client& alice = bench.connected("alice");
  for (int round = 0; round < 5; ++round) {
    alice.waits(30ms).does("somebody calls wake_up()", [&] { bench.proactor().wake_up(); });
  }
  for (int round = 0; round < 20 && !alice.done(); ++round) {
    const auto before = bench.kernel.now();
    bench.turn(10s);
    expect_that(bench.kernel.now() - before < 1s,
                "handle_events() returns each time it is woken, after 30 ms", "it waited on");
  }
  expect_that(alice.done(), "handle_events(10 s) waits until it is woken", "it returns at once");
}

// One turn may return early after a wake-up, and no more of them.
LAB_TEST(WakeUp, OnceForEachCall, "wake-up-clear") {
  Bench bench;
  bench.proactor().wake_up();
  bench.proactor().wake_up();
  bench.turn(10ms);
  bench.turn(10ms);
  const auto before = bench.kernel.now();
  bench.turn(50ms);
  expect_that(bench.kernel.now() - before >= 50ms,
              "handle_events(50 ms) waits when the wake-up is over", "it returns at once");
}

LAB_TEST(WakeUp, LendsNoMemoryAtTheEnd, "wake-up-memory") {
  Bench bench;
  bench.turn();
  bench.proactor().wake_up();
  bench.turn();
  bench.turn();
  bench.finish();
  bench.kernel.expect_open(0, "nothing is open when the Proactor is gone");
}

}  // namespace
}  // namespace lab
