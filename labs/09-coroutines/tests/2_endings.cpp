// How connections end, each alone.
#include <string>

#include "bench.hpp"
#include "machine/thrown_away.hpp"

namespace lab {
namespace {

LAB_TEST(HalfClose, RepliesThenTheEnd, "half-close") {
  AsioBench bench(Protocol::framed);
  bench.kernel.send_buffer(100);
  const std::string frames = frame(some_bytes(1000)) + frame("bye");
  Client& alice = bench.kernel.client("alice");
  alice.stops_reading().sends(frames).finishes().waits(50ms);
  alice.reads_again().receives(frames).sees_end().sees_close();
  run_server(bench);
}

LAB_TEST(HalfClose, WithinAFrame, "half-close") {
  AsioBench bench(Protocol::framed);
  const std::string hello = frame("hello");
  Client& alice = bench.kernel.client("alice");
  Client& bob = bench.kernel.client("bob");
  alice.sends(hello + header(1).substr(0, 1)).finishes().receives(hello).sees_close();
  bob.sends(hello + header(100) + "half of it").finishes().receives(hello).sees_close();
  bench.kernel.client("carol").finishes().sees_end().sees_close();
  run_server(bench);
}

// It is the end of the conversation that closes it, not that of a timer.
LAB_TEST(HalfClose, ClosesAtOnce, "at-once") {
  AsioBench bench(Protocol::framed);
  bench.options.idle_timeout = 30s;
  Client& alice = bench.kernel.client("alice");
  alice.sends(frame("hello")).receives(frame("hello")).waits(100ms).finishes().sees_close();
  alice.does("", [&] {
    expect_that(bench.kernel.now() == 100ms, "who has finished is closed at once",
                "alice's connection is closed after " + duration_text(bench.kernel.now()));
  });
  run_server(bench);
}

// alice in the middle of a frame, bob between two.
LAB_TEST(Errors, OnlyThatClientIsLost, "one-lost") {
  AsioBench bench(Protocol::framed);
  const std::string hello = frame("hello");
  bench.kernel.client("alice").sends(hello + header(10)).receives(hello).resets().sees_close();
  bench.kernel.client("bob").sends(hello).receives(hello).resets().sees_close();
  Client& carol = bench.kernel.client("carol");
  carol.sends(hello).receives(hello).waits(100ms).sends(hello).receives(hello);
  bench.kernel.client("dave").waits(200ms).sends(hello).receives(hello);
  run_server(bench);
}

LAB_TEST(Errors, WhoLeavesWithoutItsReplies, "one-lost") {
  AsioBench bench(Protocol::framed);
  bench.kernel.send_buffer(100);
  Client& alice = bench.kernel.client("alice");
  Client& bob = bench.kernel.client("bob");
  alice.stops_reading().sends(frame(some_bytes(1000))).waits(50ms).closes().sees_close();
  bob.waits(100ms).sends(frame("hello")).receives(frame("hello"));
  run_server(bench);
}

LAB_TEST(TooLong, TheLongestIsNot, "too-long") {
  AsioBench bench(Protocol::framed);
  bench.options.max_frame = 1000;
  const std::string longest = frame(some_bytes(1000));
  bench.kernel.client("alice").sends(longest).receives(longest);
  run_server(bench);
}

LAB_TEST(TooLong, EndsAfterTheReplies, "too-long") {
  AsioBench bench(Protocol::framed);
  bench.kernel.send_buffer(100);
  bench.options.max_frame = 1000;
  const std::string before = frame(some_bytes(1000));
  Client& alice = bench.kernel.client("alice");
  alice.sends(before + header(1001)).sends("and what nobody wants to know");
  alice.receives(before).sees_end();
  for (const char* more : {"nor this", "nor that"}) {
    alice.waits(20ms).sends(more).waits(20ms).does("", [&] { expect_thrown_away(alice); });
  }
  alice.finishes().sees_close();
  run_server(bench);
}

LAB_TEST(TooLong, CostsNothing, "too-long") {
  AsioBench bench(Protocol::framed);
  bench.kernel.client("alice").sends(header(0xffff'fff0)).sees_end().finishes().sees_close();
  bench.kernel.client("bob").waits(10ms).sends(frame("hello")).receives(frame("hello"));
  run_server(bench);
}

}  // namespace
}  // namespace lab
