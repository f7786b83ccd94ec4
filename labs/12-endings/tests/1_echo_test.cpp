// What works from the beginning, and must go on to work.
#include "bench.hpp"

namespace lab {
namespace {

LAB_TEST(Echo, EveryByteComesBack, "echo") {
  Bench bench;
  bench.kernel.is_capricious();
  const std::string bytes = some_bytes(20000);
  bench.kernel.client("alice").sends_in_pieces(bytes, 3000).receives(bytes);
  bench.kernel.client("bob").sends("hello").receives("hello");
  bench.run();
  bench.end();
}

LAB_TEST(Echo, ASilentClientIsIdle, "echo") {
  Bench bench;
  bench.options.idle_timeout = 30s;
  Client& alice = bench.kernel.client("alice");
  for (int i = 0; i < 3; ++i) alice.waits(20s).sends("hello").receives("hello");
  bench.run();
}

LAB_TEST(Echo, OneTooManyIsClosed, "echo") {
  Bench bench;
  bench.options.max_connections = 1;
  bench.kernel.client("alice").sends("a").receives("a").waits(1s).sends("A").receives("A");
  bench.kernel.client("bob").sees_close();
  bench.run();
}

}  // namespace
}  // namespace lab
