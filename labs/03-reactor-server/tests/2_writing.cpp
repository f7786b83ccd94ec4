#include <cerrno>

#include "bench.hpp"

namespace lab {
namespace {

LAB_TEST(WouldBlock, AReceiveThatWouldBlockEndsNothing, "would-block") {
  for (const int error : {EAGAIN, EINTR}) {
    Bench bench;
    bench.kernel.fails("recv", error);
    bench.kernel.client("alice").sends("hello").receives("hello");
    bench.run();
  }
}

LAB_TEST(WouldBlock, ASendThatWouldBlockIsTriedLater, "would-block") {
  for (const int error : {EAGAIN, EINTR}) {
    Bench bench;
    bench.kernel.fails("send", error);
    bench.kernel.client("alice").sends("hello").receives("hello").sends("bye").receives("bye");
    bench.run();
  }
}

LAB_TEST(PartialWrites, WhatTheSocketDoesNotTakeIsSentLater, "partial-writes") {
  Bench bench;
  bench.kernel.send_buffer(10);
  const std::string bytes = some_bytes(100);
  bench.kernel.client("alice").sends(bytes).receives(bytes);
  bench.run();
}

LAB_TEST(PartialWrites, OrderIsKept, "partial-writes") {
  Bench bench;
  bench.kernel.send_buffer(50);
  bench.kernel.is_capricious();
  bench.options.read_size = 200;
  const std::string bytes = some_bytes(5000);
  bench.kernel.client("alice").sends_in_pieces(bytes, 300).receives(bytes);
  bench.run();
}

LAB_TEST(PartialWrites, WriteInterestComesAndGoes, "write-interest") {
  Bench bench;
  bench.kernel.send_buffer(10);
  const std::string bytes = some_bytes(100);
  Client& alice = bench.kernel.client("alice");
  const auto is_watched_for = [&](Events events) {
    return [&, events] { return has(bench.reactor.interest(alice.descriptor()), events); };
  };
  alice.stops_reading().sends(bytes);
  alice.waits_until("the server wants to write", is_watched_for(Events::write));
  alice.reads_again().receives(bytes).waits(100ms);
  bench.run();
  expect_that(bench.reactor.interest(alice.descriptor()) == Events::read,
              "once all is sent the server is interested in reading only",
              "it is still told when the socket can be written, which is always");
}

}  // namespace
}  // namespace lab
