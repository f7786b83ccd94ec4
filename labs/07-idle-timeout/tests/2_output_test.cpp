#include "bench.hpp"

namespace lab {
namespace {

LAB_TEST(Output, ClosesWhoTakesNothing, "stuck-write") {
  Bench bench;
  bench.kernel.send_buffer(100);
  Client& alice = bench.kernel.client("alice");
  alice.stops_reading().sends(some_bytes(1000));
  bench.sees_close_at(alice, 30s);
  bench.run();
  bench.end();
}

LAB_TEST(Output, SparesOneWhoTakesReplies, "output-progress") {
  Bench bench;
  bench.kernel.send_buffer(100);
  const std::string bytes = some_bytes(1000);
  Client& alice = bench.kernel.client("alice");
  alice.stops_reading().sends(bytes);
  for (int i = 0; i < 6; ++i) alice.waits(20s).takes_once();
  alice.reads_again().receives(bytes);
  bench.run();
}

LAB_TEST(Output, ClosesWhoStopsTakingThem, "output-progress") {
  Bench bench;
  bench.kernel.send_buffer(100);
  Client& alice = bench.kernel.client("alice");
  alice.stops_reading().sends(some_bytes(1000));
  for (int i = 0; i < 3; ++i) alice.waits(20s).takes_once();
  bench.sees_close_at(alice, 90s);
  bench.run();
  bench.end();
}

}  // namespace
}  // namespace lab
