// Nobody calls stop() of the io_context: run() returns when nothing is in flight.
#include "bench.hpp"

// Of the address sanitizer.
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();

namespace lab {
namespace {

LAB_TEST(OutOfWork, NoTimerIsLeft, "out-of-work") {
  Bench bench;
  bench.options.idle_timeout = 30s;
  Client& alice = bench.kernel.client("alice");
  alice.sends("hello").receives("hello").does("", [&] { bench.stop(); });
  alice.sees_end().waits(1s).finishes().sees_close();
  bench.run_returns_at(1s);
  bench.end();
}

// The timer has fired, its handler is queued, and then the connection is closed: it was active
// since, so that the handler would wait for the rest.
LAB_TEST(OutOfWork, ATimerThatHasFiredIsNotSetAgain, "timer-has-fired") {
  Bench bench;
  bench.options.idle_timeout = 30s;
  Client& alice = bench.kernel.client("alice");
  alice.waits(28s).sends("hello").receives("hello").does("", [&] { bench.stop(); }).sees_end();
  alice.waits(2s).finishes().sees_close();
  bench.run_returns_at(30s);
  bench.end();
}

LAB_TEST(OutOfWork, NothingStaysInMemory, "out-of-work") {
  constexpr std::size_t kib = 1024;
  Bench bench;
  bench.options.idle_timeout = 30s;
  bench.options.read_size = 64 * kib;
  std::size_t before = 0;
  Client& alice = bench.kernel.client("alice");
  alice.does("", [&] { before = __sanitizer_get_current_allocated_bytes(); }).waits(2s);
  alice.does("2 s later 100 clients have come and gone", [&] {
    const std::size_t now = __sanitizer_get_current_allocated_bytes();
    const std::size_t grown = now > before ? (now - before) / kib : 0;
    expect_that(grown < 1600, "less than a quarter of their buffers (64 KiB each) is left",
                "memory has grown by " + std::to_string(grown) + " KiB");
  });
  for (int i = 0; i < 100; ++i) {
    Client& client = bench.kernel.client("client " + std::to_string(i));
    client.waits(1s).sends("x").receives("x").finishes().sees_close();
  }
  bench.run();
}

LAB_TEST(OutOfWork, ItIsDestroyedInTheMiddle, "out-of-work") {
  Bench bench;
  bench.options.idle_timeout = 30s;
  bench.kernel.send_buffer(100);
  bench.kernel.client("alice").sends("hello").receives("hello");
  Client& bob = bench.kernel.client("bob").stops_reading().sends(some_bytes(1000)).waits(1s);
  bob.does("", [&] { bench.stop(); }).waits(1s);
  bench.run();
  bench.end();
}

}  // namespace
}  // namespace lab
