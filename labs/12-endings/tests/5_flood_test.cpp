// Many operations are aborted at once: each handler is called, and none begins anything.
#include "bench.hpp"

namespace lab {
namespace {

constexpr int number = 50;

void add_stuck_clients(Bench& bench) {
  bench.kernel.send_buffer(100);
  for (int i = 0; i < number; ++i) {
    bench.kernel.client("client " + std::to_string(i))
        .stops_reading()
        .sends(some_bytes(1000))
        .sees_close();
  }
}

LAB_TEST(Flood, AnAbortedOperationIsNoError, "aborted") {
  Bench bench;
  bench.options.idle_timeout = 30s;
  add_stuck_clients(bench);
  bench.run();
  bench.expect_endings(Reason::idle, number);
  bench.end();
}

LAB_TEST(Flood, WhoIsCutOffCountsOnce, "aborted") {
  Bench bench;
  bench.options.drain_timeout = 3s;
  bench.kernel.client("alice").waits(1s).does("", [&] { bench.stop(); });
  add_stuck_clients(bench);
  bench.run();
  expect_equal("connections that were cut off", std::size_t{number + 1},
               bench.server->endings().all());
  expect_equal("connections that were lost", std::size_t{0},
               bench.server->endings().of(Reason::lost));
  bench.end();
}

LAB_TEST(Flood, AfterwardsNothingIsInFlight, "aborted") {
  Bench bench;
  bench.options.drain_timeout = 3s;
  add_stuck_clients(bench);
  bench.kernel.client("alice").waits(1s).does("", [&] { bench.stop(); }).sees_end();
  bench.run_returns_at(4s);
  bench.expect_endings(Reason::cut_off, number + 1);
  bench.end();
}

}  // namespace
}  // namespace lab
