// The client has finished, or is gone, while a write is pending.
#include "bench.hpp"

namespace lab {
namespace {

LAB_TEST(HalfOpen, NothingIsPending, "half-open") {
  Bench bench;
  Client& alice = bench.kernel.client("alice");
  alice.sends("hello").receives("hello").finishes().sees_end();
  bench.sees_close_at(alice, 0s);
  bench.run();
  bench.expect_endings(Reason::finished, 1);
  bench.end();
}

LAB_TEST(HalfOpen, PendingRepliesAreSentBeforeTheEnd, "half-open") {
  Bench bench;
  bench.kernel.send_buffer(100);
  const std::string bytes = some_bytes(1000);
  Client& alice = bench.kernel.client("alice");
  alice.stops_reading().sends(bytes).finishes().waits(1s);
  alice.reads_again().receives(bytes).sees_end().sees_close();
  bench.run();
  bench.expect_endings(Reason::finished, 1);
  bench.end();
}

LAB_TEST(HalfOpen, TheEndWaitsBehindAFullOutput, "half-open") {
  Bench bench;
  bench.kernel.send_buffer(100);
  bench.options.read_size = 100;
  bench.options.output_limit = 400;
  const std::string bytes = some_bytes(3000);
  Client& alice = bench.kernel.client("alice");
  alice.stops_reading().sends(bytes).finishes().waits(1s);
  alice.reads_again().receives(bytes).sees_end().sees_close();
  bench.run();
  bench.expect_endings(Reason::finished, 1);
}

LAB_TEST(HalfOpen, AResetIsNoOrderlyEnd, "reset") {
  Bench bench;
  bench.kernel.send_buffer(100);
  Client& alice = bench.kernel.client("alice");
  alice.stops_reading().sends(some_bytes(1000)).waits(1s).resets();
  bench.sees_close_at(alice, 1s);
  bench.sees_close_at(bench.kernel.client("bob").sends("hello").receives("hello").resets(), 0s);
  bench.run();
  bench.expect_endings(Reason::lost, 2);
  bench.end();
}

LAB_TEST(HalfOpen, WhoIsGoneLooksLikeOneWhoHasFinished, "reset") {
  Bench bench;
  bench.kernel.send_buffer(100);
  Client& alice = bench.kernel.client("alice");
  alice.stops_reading().sends(some_bytes(1000)).waits(1s).closes().sees_close();
  bench.run();
  bench.expect_endings(Reason::lost, 1);
  bench.end();
}

}  // namespace
}  // namespace lab
