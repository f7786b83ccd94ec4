#include "bench.hpp"

// Of the address sanitizer.
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();

namespace lab {
namespace {

LAB_TEST(Backpressure, WhoDoesNotReadIsNoLongerRead, "backpressure") {
  Bench bench;
  bench.kernel.send_buffer(100);
  bench.options.read_size = 100;
  bench.options.output_limit = 1000;
  Client& alice = bench.kernel.client("alice");
  alice.stops_reading().sends(some_bytes(5000)).waits(500ms);
  bench.run();
  const std::size_t taken = 5000 - unread_bytes(alice.descriptor());
  expect_that(taken <= 1000 + 100 + 100,
              "of 5000 bytes the server takes output_limit (1000), one read more (100), and what "
              "the socket holds (100)",
              "it has taken " + std::to_string(taken) + ", though none of the replies was read");
  expect_that(taken >= 1000, "the server reads as long as output_limit (1000) is not reached",
              "it has taken " + std::to_string(taken));
}

LAB_TEST(Backpressure, ItGoesOnOnceTheRepliesAreRead, "backpressure") {
  Bench bench;
  bench.kernel.send_buffer(100);
  bench.options.read_size = 100;
  bench.options.output_limit = 1000;
  const std::string bytes = some_bytes(5000);
  Client& alice = bench.kernel.client("alice");
  alice.stops_reading().sends(bytes).waits(500ms).reads_again().receives(bytes);
  alice.sends("hello").receives("hello");
  bench.run();
}

// The output is never quite empty, so that who forgets what was sent only when all was sent keeps
// it.
LAB_TEST(Backpressure, WhatWasSentDoesNotStayInMemory, "sent-memory") {
  constexpr std::size_t kib = 1024;
  constexpr int rounds = 100;
  Bench bench;
  bench.kernel.send_buffer(64 * kib);
  Client& alice = bench.kernel.client("alice");
  const std::string part(64 * kib, 'x');
  // Beside the server's: what alice has received, and what her script has still to send.
  std::size_t left = rounds;
  const auto in_use = [&] {
    return __sanitizer_get_current_allocated_bytes() - alice.received().capacity() -
           left * part.size();
  };
  std::size_t before = 0;
  alice.stops_reading().sends(part + part + part).does("", [&] { before = in_use(); });
  for (int i = 0; i < rounds; ++i) {
    alice.sends(part).waits(10ms).takes_once().does("", [&] { --left; });
  }
  alice.does("", [&] {
    const std::size_t now = in_use();
    const std::size_t grown = now > before ? (now - before) / kib : 0;
    expect_that(grown < 2048,
                "6 MiB of replies, of which 192 KiB at most wait, grow memory by 2 MiB at most",
                "it has grown by " + std::to_string(grown) + " KiB");
  });
  bench.run(5s);
}

}  // namespace
}  // namespace lab
