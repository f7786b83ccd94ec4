// Who makes no progress; and timers that outlive nobody.
#include <cerrno>
#include <chrono>
#include <string>

#include "bench.hpp"

namespace lab {
namespace {

// Closed after 500 ms, or a little later.
void expect_end_after_500_ms(const AsioBench& bench, std::chrono::milliseconds since) {
  const auto waited = bench.kernel.now() - since;
  expect_that(waited >= 500ms && waited <= 600ms, "who makes no progress is closed after 500 ms",
              "after " + duration_text(waited));
}

LAB_TEST(Idle, WhoIsSilentIsClosed, "idle") {
  AsioBench bench(Protocol::framed);
  bench.options.idle_timeout = 500ms;
  Client& alice = bench.kernel.client("alice");
  alice.waits(300ms).sends(frame("hello")).receives(frame("hello")).sees_close();
  alice.does("", [&] { expect_end_after_500_ms(bench, 300ms); });
  Client& bob = bench.kernel.client("bob");
  bob.sees_close().does("", [&] { expect_end_after_500_ms(bench, 0ms); });
  run_server(bench);
}

LAB_TEST(Idle, WhoTalksStays, "deadline-moves") {
  AsioBench bench(Protocol::framed);
  bench.options.idle_timeout = 500ms;
  Client& alice = bench.kernel.client("alice");
  for (int i = 0; i < 8; ++i) alice.sends(frame("hello")).receives(frame("hello")).waits(300ms);
  alice.finishes().sees_close();
  run_server(bench);
}

// Neither the header, at 300 ms, nor the byte that follows.
LAB_TEST(Idle, PartsOfAFrameAreNoProgress, "deadline-moves") {
  AsioBench bench(Protocol::framed);
  bench.options.idle_timeout = 500ms;
  Client& alice = bench.kernel.client("alice");
  alice.waits(300ms).sends(header(100)).waits(100ms).sends("x").sees_close();
  alice.does("", [&] { expect_end_after_500_ms(bench, 0ms); });
  run_server(bench);
}

LAB_TEST(Idle, WhoTakesNoReplyIsClosed, "idle") {
  AsioBench bench(Protocol::framed);
  bench.kernel.send_buffer(100);
  bench.options.idle_timeout = 500ms;
  Client& alice = bench.kernel.client("alice");
  alice.stops_reading().sends(frame(some_bytes(1000))).sees_close();
  alice.does("", [&] { expect_end_after_500_ms(bench, 0ms); });
  run_server(bench);
}

LAB_TEST(Idle, PartsOfAReplyAreNoProgress, "deadline-moves") {
  AsioBench bench(Protocol::framed);
  bench.kernel.send_buffer(100);
  bench.options.idle_timeout = 500ms;
  Client& alice = bench.kernel.client("alice");
  alice.stops_reading().sends(frame(some_bytes(1000)));
  alice.waits(200ms).takes_once().waits(200ms).takes_once().sees_close();
  alice.does("", [&] { expect_end_after_500_ms(bench, 0ms); });
  run_server(bench);
}

// Its reply is not taken.
LAB_TEST(Idle, AWholeFrameIsProgress, "deadline-moves") {
  AsioBench bench(Protocol::framed);
  bench.kernel.send_buffer(100);
  bench.options.idle_timeout = 500ms;
  Client& alice = bench.kernel.client("alice");
  alice.stops_reading().waits(300ms).sends(frame(some_bytes(1000))).sees_close();
  alice.does("", [&] { expect_end_after_500_ms(bench, 300ms); });
  run_server(bench);
}

// The frame has come 300 ms before.
LAB_TEST(Idle, AWholeReplyIsProgress, "deadline-moves") {
  AsioBench bench(Protocol::framed);
  bench.kernel.send_buffer(100);
  bench.options.idle_timeout = 500ms;
  const std::string bytes = frame(some_bytes(1000));
  Client& alice = bench.kernel.client("alice");
  alice.stops_reading().sends(bytes).waits(300ms).reads_again().receives(bytes).sees_close();
  alice.does("", [&] { expect_end_after_500_ms(bench, 300ms); });
  run_server(bench);
}

// alice says nothing more, bob goes on sending: neither finishes.
LAB_TEST(Idle, WhatIsThrownAwayIsNoProgress, "deadline-moves") {
  AsioBench bench(Protocol::framed);
  bench.options.idle_timeout = 500ms;
  Client& alice = bench.kernel.client("alice");
  alice.sends(header(0xffff'ffff)).sees_end().sees_close();
  alice.does("", [&] { expect_end_after_500_ms(bench, 0ms); });
  Client& bob = bench.kernel.client("bob");
  bob.sends(header(0xffff'ffff)).sees_end();
  bob.waits(200ms).sends("x").waits(200ms).sends("x").sees_close();
  bob.does("", [&] { expect_end_after_500_ms(bench, 0ms); });
  run_server(bench);
}

LAB_TEST(Idle, ZeroIsNever, "idle") {
  AsioBench bench(Protocol::framed);
  bench.options.idle_timeout = 0ms;
  Client& alice = bench.kernel.client("alice");
  alice.waits(std::chrono::hours(30)).sends(frame("hello")).receives(frame("hello"));
  run_server(bench);
}

// bob's connection has the number that alice's had, at the moment at which she would be idle.
LAB_TEST(Idle, NobodyPaysForWhoHasGone, "timer-goes-too") {
  AsioBench bench(Protocol::framed);
  bench.options.idle_timeout = 500ms;
  const std::string hello = frame("hello");
  Client& alice = bench.kernel.client("alice");
  alice.sends(hello).receives(hello).finishes().sees_close().does("", [&] {
    Client& bob = bench.kernel.client("bob");
    for (int i = 0; i < 4; ++i) bob.waits(300ms).sends(hello).receives(hello);
    bob.finishes().sees_close().waits(1s);
    bob.does("", [&] {
      bench.kernel.expect_open(AsioBench::own_descriptors,
                               "only the epoll, its eventfd and the listener are open");
    });
  });
  run_server(bench);
  bench.end();
}

// In the middle of a header, of a payload, of a reply, of throwing away; and before anything.
LAB_TEST(Destroyed, WithEverythingUnderWay, "destroyed") {
  AsioBench bench(Protocol::framed);
  bench.kernel.send_buffer(100);
  bench.kernel.client("alice").sends(header(3).substr(0, 2));
  bench.kernel.client("bob").sends(header(100) + "half of it");
  bench.kernel.client("carol").stops_reading().sends(frame(some_bytes(1000)));
  bench.kernel.client("dave").sends(header(0xffff'ffff)).sees_end();
  bench.kernel.client("eve");
  run_server(bench);
  bench.end();
}

LAB_TEST(Destroyed, DuringAPause, "destroyed") {
  AsioBench bench(Protocol::framed);
  bench.kernel.fails("accept", EMFILE, 1);
  bench.kernel.client("alice");
  run_server(bench);
  bench.end();
}

LAB_TEST(Destroyed, AfterEverybodyHasGone, "destroyed") {
  AsioBench bench(Protocol::framed);
  const std::string hello = frame("hello");
  for (const char* name : {"alice", "bob"}) {
    bench.kernel.client(name).sends(hello).receives(hello).finishes().sees_close();
  }
  bench.kernel.client("carol").sends(hello).receives(hello).resets().sees_close();
  bench.kernel.client("dave").waits(50ms).sends(hello).receives(hello).does("", [&] {
    bench.kernel.expect_open(AsioBench::own_descriptors + 1,
                             "only the epoll, its eventfd, the listener and dave's are open");
  });
  run_server(bench);
  bench.end();
}

}  // namespace
}  // namespace lab
