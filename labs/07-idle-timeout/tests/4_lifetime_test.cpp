#include "bench.hpp"

// Of the address sanitizer.
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();

namespace lab {
namespace {

constexpr std::size_t kib = 1024;

// Of 100 connections with a buffer of 64 KiB each.
void expect_freed(std::size_t before) {
  const std::size_t now = __sanitizer_get_current_allocated_bytes();
  const std::size_t grown = now > before ? (now - before) / kib : 0;
  expect_that(grown < 1600,
              "of 100 connections that are closed less than a quarter of their buffers (64 KiB "
              "each) is still in memory",
              "memory has grown by " + std::to_string(grown) + " KiB");
}

LAB_TEST(Lifetime, GoesWithTheClient, "lifetime") {
  Bench bench;
  Client& alice = bench.kernel.client("alice");
  alice.waits(5s).sends("hello").receives("hello").finishes().sees_end();
  bench.sees_close_at(alice, 5s);
  bench.sees_close_at(bench.kernel.client("bob").waits(5s).resets(), 5s);
  bench.kernel.client("carol").sends("x").waits(20s);
  bench.run();
  bench.end();
}

LAB_TEST(Lifetime, NothingStaysInMemory, "lifetime") {
  Bench bench;
  bench.options.read_size = 64 * kib;
  std::size_t before = 0;
  bench.kernel.client("alice")
      .does("", [&] { before = __sanitizer_get_current_allocated_bytes(); })
      .waits(2s)
      .does("2 s later 100 clients have come and gone", [&] { expect_freed(before); });
  for (int i = 0; i < 100; ++i) {
    bench.kernel.client("client " + std::to_string(i))
        .waits(1s)
        .sends("x")
        .receives("x")
        .finishes()
        .sees_close();
  }
  bench.run();
}

LAB_TEST(Lifetime, NorOfWhomYouHaveClosed, "lifetime") {
  Bench bench;
  bench.options.read_size = 64 * kib;
  std::size_t before = 0;
  bench.kernel.client("alice")
      .does("", [&] { before = __sanitizer_get_current_allocated_bytes(); })
      .waits(20s)
      .sends("x")
      .waits(11s)
      .does("100 clients were idle for 30 s", [&] { expect_freed(before); });
  for (int i = 0; i < 100; ++i) bench.kernel.client("client " + std::to_string(i)).sees_close();
  bench.run();
}

LAB_TEST(Lifetime, TheIoContextRunsOutOfWork, "out-of-work") {
  Bench bench;
  Client& alice = bench.kernel.client("alice");
  alice.waits(5s).sends("hello").receives("hello");
  alice.does("", [&] { bench.close_acceptor(); });
  alice.waits(25s).finishes().sees_close();
  const Ending ending = bench.run();
  expect_that(ending == Ending::returned, "without a client or a listener io_context.run() returns",
              "it waits, since an operation is in flight");
  bench.expect_at("io_context.run() returns", 30s);
  bench.end();
}

LAB_TEST(Lifetime, TheIoContextIsDestroyedInTheMiddle, "lifetime") {
  Bench bench;
  bench.kernel.send_buffer(100);
  bench.kernel.client("alice").sends("hello").receives("hello");
  bench.kernel.client("bob").stops_reading().sends(some_bytes(1000)).waits(1s);
  bench.run();
  bench.end();
}

}  // namespace
}  // namespace lab
