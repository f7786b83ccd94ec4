#include "bench.hpp"

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

}  // namespace
}  // namespace lab
