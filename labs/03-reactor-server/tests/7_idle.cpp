#include "bench.hpp"

namespace lab {
namespace {

LAB_TEST(IdleTimeout, EndsASilentClient, "idle-timeout") {
  Bench bench;
  bench.options.idle_timeout = 1s;
  std::chrono::nanoseconds closed{0};
  Client& alice = bench.kernel.client("alice");
  alice.sends("hello").receives("hello").sees_close().does("",
                                                           [&] { closed = bench.kernel.now(); });
  bench.kernel.client("bob").sees_close();  // who never speaks
  bench.run(5s);
  expect_between("the connection is closed", 900ms, 1300ms, closed);
}

LAB_TEST(IdleTimeout, SparesOneWhoTalks, "idle-timeout") {
  Bench bench;
  bench.options.idle_timeout = 1s;
  Client& alice = bench.kernel.client("alice");
  for (int i = 0; i < 6; ++i) alice.waits(700ms).sends("hello").receives("hello");
  bench.run(10s);
}

LAB_TEST(IdleTimeout, SparesOneWhoTakesReplies, "progress") {
  Bench bench;
  bench.options.idle_timeout = 1s;
  bench.kernel.send_buffer(100);
  const std::string bytes = some_bytes(1000);
  Client& alice = bench.kernel.client("alice");
  alice.stops_reading().sends(bytes);
  for (int i = 0; i < 5; ++i) {
    alice.waits(700ms).takes_once();
  }
  alice.reads_again().receives(bytes);
  bench.run(10s);
}

// Behind `header` a byte comes every 300 ms: that must not keep the connection from being idle for
// 1 s.
void expect_bytes_are_no_progress(Bench& bench, const std::string& header) {
  bench.options.idle_timeout = 1s;
  std::chrono::nanoseconds closed{0};
  Client& alice = bench.kernel.client("alice");
  alice.sends(header);
  for (int i = 0; i < 10; ++i) {
    alice.waits(300ms).does("", [&] {
      if (closed == 0ns && alice.descriptor() < 0) closed = bench.kernel.now();
    });
    alice.sends("x");
  }
  alice.sees_close();
  bench.run(5s);
  expect_between("the connection is closed", 900ms, 1600ms, closed);
}

LAB_TEST(IdleTimeout, BytesOfAnUnfinishedFrameAreNoProgress, "progress") {
  Bench bench(Protocol::framed);
  expect_bytes_are_no_progress(bench, header(100));
}

LAB_TEST(IdleTimeout, InputThatIsThrownAwayIsNoProgress, "progress") {
  Bench bench(Protocol::framed);
  bench.options.max_frame = 10;
  expect_bytes_are_no_progress(bench, header(11));
}

// A process that was stopped, or had no CPU, cannot know what its clients wanted meanwhile.
LAB_TEST(IdleTimeout, ALateTickEndsNobody, "late-tick") {
  Bench bench;
  bench.options.idle_timeout = 2s;
  Client& alice = bench.kernel.client("alice");
  alice.sends("hello").receives("hello").waits(250ms);
  alice.does("your program is stopped for 10 s", [&] { bench.kernel.let_pass(10s); });
  alice.waits(150ms).sends("hello").receives("hello");
  bench.run(15s);
}

}  // namespace
}  // namespace lab
