#include <cerrno>

#include "bench.hpp"

namespace lab {
namespace {

LAB_TEST(OutOfDescriptors, TheOthersAreServedAndItDoesNotSpin, "emfile") {
  Bench bench;
  bench.kernel.descriptor_limit(2);  // the listener and one client
  Client& alice = bench.kernel.client("alice");
  for (int i = 0; i < 10; ++i) alice.sends("hello").receives("hello").waits(100ms);
  bench.kernel.client("bob");
  bench.run(3s);
  const std::size_t calls = bench.kernel.calls("accept");
  expect_that(calls <= 30, "in a second without descriptors the server tries accept() once a tick",
              "it calls accept() " + std::to_string(calls) + " times");
}

LAB_TEST(OutOfDescriptors, ItAcceptsAgainOnceThereIsOne, "emfile") {
  Bench bench;
  bench.kernel.descriptor_limit(2);
  Client& alice = bench.kernel.client("alice");
  alice.sends("hello").receives("hello").waits(350ms).finishes().sees_close();
  std::chrono::nanoseconds served{0};
  bench.kernel.client("bob").sends("hello").receives("hello").does(
      "", [&] { served = bench.kernel.now(); });
  bench.run();
  expect_that(served <= 600ms, "bob is served by the tick after alice has gone (at 350 ms)",
              "it took until " + std::to_string(served / 1ms) + " ms");
}

LAB_TEST(OutOfDescriptors, OtherShortagesEndNothing, "emfile") {
  for (const int error : {ENFILE, ENOBUFS, ENOMEM}) {
    Bench bench;
    bench.kernel.fails("accept", error);
    bench.kernel.client("alice").sends("hello").receives("hello");
    bench.run();
  }
}

LAB_TEST(OutOfDescriptors, OneMoreThanMaxConnectionsIsClosed, "max-connections") {
  Bench bench;
  bench.options.max_connections = 2;
  bench.kernel.client("alice").sends("a").receives("a").waits(50ms).finishes().sees_close();
  bench.kernel.client("bob").sends("b").receives("b").waits(200ms).sends("B").receives("B");
  Client& carol = bench.kernel.client("carol");
  carol.sees_close().waits(100ms).does("", [&] {
    bench.kernel.client("dave").sends("d").receives("d");  // alice has made room
  });
  bench.run();
}

}  // namespace
}  // namespace lab
