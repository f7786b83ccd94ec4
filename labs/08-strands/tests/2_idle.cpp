#include "bench.hpp"
#include "machine/story/lab_test.hpp"
#include "machine/wire.hpp"

namespace lab {
namespace {

LAB_TEST(Idle, ASilentClientIsClosed, "idle") {
  Bench bench;
  bench.options.idle_timeout = 30s;
  bench.kernel.client("alice").sends("hello").receives("hello").sees_close().does("", [&] {
    expect_that(bench.kernel.now() >= 30s, "alice is closed after 30 s without a byte from her",
                "that was after " + duration_text(bench.kernel.now()));
  });
  bench.run();
  bench.end();
}

LAB_TEST(Idle, WhoSendsStays, "idle") {
  Bench bench;
  bench.options.idle_timeout = 1s;
  Client& alice = bench.kernel.client("alice");
  for (int i = 0; i < 5; ++i) alice.sends("hello").receives("hello").waits(999ms);
  alice.sees_close();
  bench.run();
  bench.end();
}

// She takes some output, so that a write completes. That is no byte from her.
LAB_TEST(Idle, WhoOnlyTakesIsClosed, "idle") {
  Bench bench;
  bench.kernel.send_buffer(100);
  bench.options.idle_timeout = 1s;
  Client& alice = bench.kernel.client("alice").stops_reading().sends(some_bytes(150));
  alice.waits(700ms).takes_once().sees_close().does("", [&] {
    expect_that(bench.kernel.now() < 1500ms, "alice is closed 1 s after the last byte from her",
                "that was after " + duration_text(bench.kernel.now()));
  });
  bench.run();
  bench.end();
}

LAB_TEST(Idle, ZeroIsForEver, "idle") {
  Bench bench;
  bench.options.idle_timeout = 0s;
  bench.kernel.client("alice").waits(24h).sends("hello").receives("hello");
  bench.run();
  bench.end();
}

}  // namespace
}  // namespace lab
