#include "bench.hpp"
#include "machine/story/lab_test.hpp"

namespace lab {
namespace {

LAB_TEST(Ends, WhoFinishesStillGetsTheRest, "half-close") {
  SmallBench bench;
  const std::string bytes = some_bytes(800);
  Client& alice = bench.kernel.client("alice").stops_reading().sends(bytes).finishes();
  alice.waits(10ms).reads_again().receives(bytes).sees_close();
  bench.run();
  bench.end();
}

LAB_TEST(Ends, WhoFinishesWhilePausedGetsAll, "half-close") {
  SmallBench bench;
  const std::string bytes = some_bytes(5000);
  Client& alice = bench.kernel.client("alice").stops_reading().sends(bytes).waits(10ms).finishes();
  alice.waits(10ms).reads_again().receives(bytes).sees_close();
  bench.run();
  bench.end();
}

LAB_TEST(Ends, AResetWhilePaused, "reset") {
  SmallBench bench;
  Client& alice = bench.kernel.client("alice").stops_reading().sends(some_bytes(5000)).waits(10ms);
  alice.resets().waits(10ms).does("", [&] {
    expect_that(alice.descriptor() == -1, "a connection that was lost is closed, paused or not",
                "it is still open");
  });
  bench.kernel.client("bob").sends("hello").receives("hello").waits(1s).sends("x").receives("x");
  bench.run();
  bench.end();
}

LAB_TEST(Ends, AResetWithoutAPause, "reset") {
  SmallBench bench;
  Client& alice = bench.kernel.client("alice").sends("hello").receives("hello").resets();
  alice.waits(10ms).does("", [&] {
    expect_that(alice.descriptor() == -1, "a connection that was lost is closed",
                "it is still open");
  });
  bench.run();
  bench.end();
}

LAB_TEST(Ends, TheIoContextGoesWhileManyArePaused, "half-close") {
  SmallBench bench;
  for (int i = 0; i < 5; ++i) {
    Client& client = bench.kernel.client("client " + std::to_string(i));
    client.stops_reading().sends(some_bytes(5000)).waits(10ms);
  }
  bench.run();
  bench.end();
}

}  // namespace
}  // namespace lab
