#include "bench.hpp"
#include "machine/story/lab_test.hpp"

namespace lab {
namespace {

LAB_TEST(Resume, ItGoesOnOnceTheRepliesAreRead, "resume") {
  SmallBench bench;
  const std::string bytes = some_bytes(5000);
  Client& alice = bench.kernel.client("alice");
  for (int i = 0; i < 3; ++i) {
    alice.stops_reading().sends(bytes).waits(10ms).reads_again().receives(bytes);
  }
  alice.sends("hello").receives("hello");
  bench.run();
  bench.end();
}

/// Lets alice take 100 bytes at a time, and calls `look` with what the server holds before and
/// after, and how much it has received in between.
void drain_slowly(
    const std::function<void(std::size_t before, std::size_t after, std::size_t received)>& look) {
  constexpr std::size_t sent = 5000;
  SmallBench bench;
  Client& alice = bench.kernel.client("alice").stops_reading().sends(some_bytes(sent)).waits(10ms);
  std::size_t held = 0;
  std::size_t taken = 0;
  for (int i = 0; i < 20; ++i) {
    alice.does("", [&] {
      held = bench.held(alice, sent);
      taken = bench.taken(alice, sent);
    });
    alice.takes_once().waits(10ms);
    alice.does("", [&] {
      const std::size_t received = bench.taken(alice, sent) - taken;
      look(held, held - SmallBench::socket_room, received);
    });
  }
  bench.run();
  bench.end();
}

LAB_TEST(Resume, NotAboveTheLowMark, "low-mark") {
  drain_slowly([](std::size_t /*before*/, std::size_t after, std::size_t received) {
    expect_that(received == 0 || after <= 500,
                "nothing is received until half of output_limit (500) or less waits",
                std::to_string(after) + " bytes waited when " + count_of(received, "byte") +
                    " were received");
  });
}

LAB_TEST(Resume, AsSoonAsTheLowMarkIsReached, "low-mark") {
  drain_slowly([](std::size_t /*before*/, std::size_t after, std::size_t received) {
    expect_that(received > 0 || after > 500,
                "the server receives again when half of output_limit (500) or less waits",
                std::to_string(after) + " bytes waited, and it received nothing");
  });
}

LAB_TEST(Resume, EachByteIsReadOnce, "armed-once") {
  SmallBench bench;
  const std::string bytes = some_bytes(5000);
  Client& alice = bench.kernel.client("alice");
  alice.stops_reading().sends(bytes).waits(10ms);
  for (int i = 0; i < 30; ++i) alice.takes_once().waits(1ms);
  // The room that she makes and the bytes that she sends come together.
  for (int i = 0; i < 10; ++i) alice.sends(bytes).waits(1ms).takes_once();
  alice.reads_again().receives(bytes);
  for (int i = 0; i < 10; ++i) alice.receives(bytes);
  bench.run();
  bench.end();
}

LAB_TEST(Resume, NeverTwoReceivesAtOnce, "armed-once") {
  SmallBench bench;
  const std::string bytes = some_bytes(300);
  Client& alice = bench.kernel.client("alice");
  for (int i = 0; i < 20; ++i) alice.sends(bytes).receives(bytes);
  bench.run();
  bench.end();
}

LAB_TEST(Resume, WithALimitOfOneByte, "tiny-limit") {
  SmallBench bench;
  bench.options.output_limit = 1;
  const std::string bytes = some_bytes(2000);
  Client& alice = bench.kernel.client("alice");
  alice.stops_reading().sends(bytes).waits(10ms).reads_again().receives(bytes);
  bench.run();
  bench.end();
}

LAB_TEST(Resume, WithALimitOfNothing, "tiny-limit") {
  SmallBench bench;
  bench.options.output_limit = 0;
  const std::string bytes = some_bytes(2000);
  Client& alice = bench.kernel.client("alice").sends(bytes).receives(bytes);
  alice.stops_reading().sends(bytes).waits(10ms).does("", [&] {
    const std::size_t held = bench.held(alice, 2 * bytes.size());
    expect_that(held <= 100, "the server holds output_limit (0) and one receive more (100) at most",
                "it holds " + count_of(held, "byte"));
  });
  alice.reads_again().receives(bytes);
  bench.run();
  bench.end();
}

}  // namespace
}  // namespace lab
