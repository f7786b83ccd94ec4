// The output is full: there is room for reading 0 bytes.
#include "bench.hpp"

namespace lab {
namespace {

// alice does not read: 400 bytes of output and 100 in the socket are what the server may have of
// her.
Client& begin_without_reading(Bench& bench, const std::string& bytes) {
  bench.kernel.send_buffer(100);
  bench.options.read_size = 100;
  bench.options.output_limit = 400;
  Client& alice = bench.kernel.client("alice");
  return alice.stops_reading().sends(bytes).waits(10s);
}

LAB_TEST(ZeroBytes, AreNotTheEnd, "zero-bytes") {
  Bench bench;
  const std::string bytes = some_bytes(3000);
  Client& alice = begin_without_reading(bench, bytes);
  alice.reads_again().receives(bytes).sends("hello").receives("hello");
  bench.run();
  bench.end();
}

LAB_TEST(ZeroBytes, AreNotReadAgainAndAgain, "zero-bytes") {
  Bench bench;
  Client& alice = begin_without_reading(bench, some_bytes(3000));
  alice.does("", [&] {
    const std::size_t calls = bench.kernel.calls("epoll_wait");
    expect_that(calls <= 30, "10 s in which alice takes nothing cost a few calls of epoll_wait",
                std::to_string(calls));
  });
  bench.run();
}

LAB_TEST(ZeroBytes, TheOutputHasALimit, "zero-bytes") {
  Bench bench;
  Client& alice = begin_without_reading(bench, some_bytes(3000));
  alice.does("", [&] {
    const std::size_t taken = 3000 - unread_bytes(alice.descriptor());
    expect_that(taken >= 300 && taken <= 600,
                "of 3000 bytes the server takes what its output (400) and the socket (100) hold",
                "it has taken " + std::to_string(taken));
  });
  bench.run();
}

}  // namespace
}  // namespace lab
