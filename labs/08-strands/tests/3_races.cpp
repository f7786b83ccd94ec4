// The thread sanitizer watches. Each test lets two handlers be ready at the same time, again and
// again: whatever both use must be kept apart by something better than luck.
#include "bench.hpp"
#include "machine/story/lab_test.hpp"
#include "machine/wire.hpp"

namespace lab {
namespace {

// Room for her replies and bytes from her: both come in the same turn of epoll.
LAB_TEST(Races, ReadAndWriteOfAConnection, "strand") {
  Bench bench;
  bench.kernel.send_buffer(100);
  const std::string bytes = some_bytes(150);
  Client& alice = bench.kernel.client("alice");
  for (int i = 0; i < 10; ++i) {
    alice.stops_reading().sends(bytes).waits(10ms);
    alice.reads_again().sends("more").receives(bytes).receives("more");
  }
  bench.run();
  bench.end();
}

// Her bytes come in the moment at which she would be closed. Either may be first.
LAB_TEST(Races, TimerAndReadOfAConnection, "strand") {
  Bench bench;
  bench.options.idle_timeout = 1s;
  for (Client* client : bench.clients(10)) client->waits(1s).sends("hello").waits(10ms);
  bench.run();
  bench.end();
}

LAB_TEST(Races, TimerAndWriteOfAConnection, "strand") {
  Bench bench;
  bench.kernel.send_buffer(100);
  bench.options.idle_timeout = 1s;
  for (Client* client : bench.clients(10)) {
    client->stops_reading().sends(some_bytes(150)).waits(1s).reads_again().waits(10ms);
  }
  bench.run();
  bench.end();
}

// Bytes are there already when the connection is accepted: the first read completes while
// whoever accepted is still busy with the start.
LAB_TEST(Races, TheStartOfAConnection, "start") {
  Bench bench;
  for (Client* client : bench.clients(20)) client->sends("hello").receives("hello");
  bench.run();
  bench.end();
}

LAB_TEST(Races, WhatConnectionsShare, "shared") {
  Bench bench;
  for (Client* client : bench.clients(5)) {
    for (int i = 0; i < 5; ++i) client->sends("hello").receives("hello").waits(10ms);
  }
  bench.run();
  expect_equal("connections in totals()", 5U, bench.totals().connections);
  expect_equal("bytes in totals()", 5U * 5U * 5U, bench.totals().bytes);
  bench.end();
}

LAB_TEST(Races, TotalsAreAskedMeanwhile, "shared") {
  Bench bench;
  Client& alice = bench.kernel.client("alice");
  for (int i = 0; i < 10; ++i) {
    alice.does("another thread asks for totals()",
               [&] { bench.racing.post([&] { static_cast<void>(bench.totals()); }); });
    alice.sends("hello").receives("hello").waits(10ms);
  }
  bench.run();
  bench.end();
}

LAB_TEST(Races, Everything, "strand") {
  Bench bench;
  bench.kernel.is_capricious();
  bench.kernel.send_buffer(1000);
  bench.options.read_size = 300;
  bench.options.idle_timeout = 1s;
  const std::string bytes = some_bytes(5000);
  for (Client* client : bench.clients(6)) client->sends_in_pieces(bytes, 500).receives(bytes);
  for (const char* name : {"alice", "bob"}) {
    bench.kernel.client(name).stops_reading().sends(bytes).waits(10ms).resets();
  }
  bench.run();
  bench.end();
}

}  // namespace
}  // namespace lab
