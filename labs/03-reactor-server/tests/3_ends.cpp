#include "bench.hpp"

namespace lab {
namespace {

LAB_TEST(HalfClose, AnEndIsAnsweredByAnEnd, "half-close") {
  Bench bench;
  bench.kernel.client("bob").finishes().sees_end().sees_close();
  bench.options.read_size = 10;
  const std::string bytes = some_bytes(45);
  bench.kernel.client("alice").sends(bytes).finishes().receives(bytes).sees_end().sees_close();
  bench.run();
}

LAB_TEST(HalfClose, PendingOutputIsSentBeforeTheEnd, "half-close") {
  Bench bench;
  bench.kernel.send_buffer(10);
  const std::string bytes = some_bytes(200);
  Client& alice = bench.kernel.client("alice");
  alice.stops_reading().sends(bytes).waits(50ms).finishes().waits(500ms);
  alice.reads_again().receives(bytes).sees_end().sees_close();
  bench.run();
}

LAB_TEST(Reset, EndsOneConnectionOnly, "reset") {
  Bench bench;
  bench.kernel.send_buffer(10);
  Client& alice = bench.kernel.client("alice");
  alice.stops_reading().sends(some_bytes(100)).waits(50ms).resets().sees_close();
  bench.kernel.client("bob").sends("hello").receives("hello").waits(20ms).resets().sees_close();
  bench.kernel.client("carol").waits(100ms).sends("hello").receives("hello");
  bench.run();
  bench.end();
}

// The first bytes to a client who has gone are answered by a reset; the next call is the dangerous
// one.
LAB_TEST(Reset, OneWhoIsGoneKillsNobody, "sigpipe") {
  Bench bench;
  bench.kernel.send_buffer(10);
  bench.options.read_size = 20;
  Client& alice = bench.kernel.client("alice");
  bench.at_once(alice, [&] { alice.sends(some_bytes(30)).closes().sees_close(); });
  bench.kernel.client("bob").waits(100ms).sends("hello").receives("hello");
  bench.run();
}

}  // namespace
}  // namespace lab
