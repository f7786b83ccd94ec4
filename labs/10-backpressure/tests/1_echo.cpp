#include "bench.hpp"
#include "machine/story/lab_test.hpp"

namespace lab {
namespace {

LAB_TEST(Echo, OneClient, "echo") {
  AsioBench bench(Protocol::echo);
  bench.kernel.client("alice").sends("hello").receives("hello").sends("again").receives("again");
  bench.run();
  bench.end();
}

LAB_TEST(Echo, EveryByteOnceAndInOrder, "one-write") {
  SmallBench bench;
  bench.kernel.is_capricious();
  const std::string bytes = some_bytes(20'000);
  bench.kernel.client("alice").sends_in_pieces(bytes, 500).receives(bytes);
  bench.kernel.client("bob").sends_in_pieces(bytes, 70).receives(bytes);
  bench.run();
  bench.end();
}

// Each receive brings 100 bytes, and the socket takes 30: the next piece comes while the last is
// being written.
LAB_TEST(Echo, OneWriteAtATime, "one-write") {
  SmallBench bench;
  bench.kernel.send_buffer(30);
  const std::string bytes = some_bytes(800);
  bench.kernel.client("alice").sends(bytes).receives(bytes);
  bench.run();
  bench.end();
}

LAB_TEST(Echo, ALongQueueTakesFewSystemCalls, "gather") {
  SmallBench bench;
  bench.kernel.send_buffer(1000);
  bench.options.read_size = 10;
  bench.options.output_limit = 2000;
  const std::string bytes = some_bytes(2000);
  std::size_t calls = 0;
  Client& alice = bench.kernel.client("alice").stops_reading().sends(bytes).waits(10ms);
  alice.does("", [&] { calls = bench.kernel.calls("send"); }).reads_again().receives(bytes);
  alice.does("", [&] {
    calls = bench.kernel.calls("send") - calls;
    expect_that(calls <= 10,
                "100 pieces of 10 bytes that wait are sent with a few system calls, 10 at most",
                "it took " + count_of(calls, "call"));
  });
  bench.run();
  bench.end();
}

}  // namespace
}  // namespace lab
