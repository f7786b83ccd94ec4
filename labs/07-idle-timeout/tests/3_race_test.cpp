// What comes at the very moment at which the timer fires: one epoll_wait() reports both.
#include "bench.hpp"

namespace lab {
namespace {

LAB_TEST(Race, AByteAtTheDeadline, "race") {
  Bench bench;
  Client& alice = bench.kernel.client("alice");
  for (int i = 0; i < 5; ++i) alice.waits(30s).sends("hello").receives("hello");
  alice.waits(20s).sends("still there").receives("still there");
  bench.run();
}

LAB_TEST(Race, WhoIsSparedIsStillWatched, "race") {
  Bench bench;
  Client& alice = bench.kernel.client("alice");
  alice.waits(30s).sends("hello").receives("hello");
  bench.sees_close_at(alice, 60s);
  bench.run();
  bench.end();
}

LAB_TEST(Race, OutputIsTakenAtTheDeadline, "race") {
  Bench bench;
  bench.kernel.send_buffer(100);
  const std::string bytes = some_bytes(400);
  Client& alice = bench.kernel.client("alice");
  alice.stops_reading().sends(bytes);
  for (int i = 0; i < 2; ++i) alice.waits(30s).takes_once();
  alice.reads_again().receives(bytes).sends("x").receives("x");
  bench.run();
}

LAB_TEST(Race, TheClientLeavesAtTheDeadline, "race") {
  Bench bench;
  bench.sees_close_at(bench.kernel.client("alice").waits(30s).finishes(), 30s);
  bench.sees_close_at(bench.kernel.client("bob").waits(30s).resets(), 30s);
  bench.run();
  bench.end();
}

}  // namespace
}  // namespace lab
