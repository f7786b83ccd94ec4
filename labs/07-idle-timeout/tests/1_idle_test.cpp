#include "bench.hpp"

namespace lab {
namespace {

LAB_TEST(Idle, ClosesWhoNeverSpeaks, "timer") {
  Bench bench;
  bench.sees_close_at(bench.kernel.client("alice"), 30s);
  bench.run();
  bench.end();
}

LAB_TEST(Idle, ClosesWhoHasFallenSilent, "progress") {
  Bench bench;
  Client& alice = bench.kernel.client("alice");
  alice.waits(12s).sends("hello").receives("hello");
  bench.sees_close_at(alice, 42s);
  bench.run();
  bench.end();
}

LAB_TEST(Idle, SparesOneWhoTalks, "progress") {
  Bench bench;
  Client& alice = bench.kernel.client("alice");
  for (int i = 0; i < 6; ++i) alice.waits(20s).sends("hello").receives("hello");
  bench.run();
}

LAB_TEST(Idle, EveryoneHasTheirOwnTime, "one-timer-each") {
  Bench bench;
  Client& alice = bench.kernel.client("alice");
  for (int i = 0; i < 6; ++i) alice.waits(10s).sends("hello").receives("hello");
  Client& bob = bench.kernel.client("bob");
  bob.waits(5s).sends("hi").receives("hi");
  bench.sees_close_at(bob, 35s);
  bench.sees_close_at(bench.kernel.client("carol"), 30s);
  bench.run();
  bench.end();
}

LAB_TEST(Idle, TheTimeIsAnOption, "timer") {
  Bench bench;
  bench.options.idle_timeout = 7s;
  bench.sees_close_at(bench.kernel.client("alice"), 7s);
  bench.run();
}

LAB_TEST(Idle, ZeroMeansNever, "never") {
  Bench bench;
  bench.options.idle_timeout = 0s;
  bench.kernel.client("alice").sends("hello").receives("hello").waits(600s).sends("x").receives(
      "x");
  bench.run();
  bench.end();
}

}  // namespace
}  // namespace lab
