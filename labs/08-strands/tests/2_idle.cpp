#include "bench.hpp"
#include "machine/story/lab_test.hpp"

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

LAB_TEST(Idle, ZeroIsForEver, "idle") {
  Bench bench;
  bench.options.idle_timeout = 0s;
  bench.kernel.client("alice").waits(24h).sends("hello").receives("hello");
  bench.run();
  bench.end();
}

}  // namespace
}  // namespace lab
