// The tests that both servers have to pass. No header in the usual sense: first_half_test.cpp and
// second_half_test.cpp include it once, after they have said which server is meant:
//   HALF          what stands before the names of the suites
//   make_server   the factory
#include <chrono>
#include <string>

#include "bench.hpp"

#define HALF_TEST(suite, name, hint) HALF_TEST_OF(HALF, suite, name, hint)
#define HALF_TEST_OF(half, suite, name, hint) JOINED_TEST(half, suite, name, hint)
#define JOINED_TEST(half, suite, name, hint) LAB_TEST(half##suite, name, hint)

namespace lab {
namespace {

using namespace std::chrono_literals;

struct EchoBench : Bench {
  EchoBench() : Bench(make_server, Protocol::echo) {}
};

struct FramedBench : Bench {
  FramedBench() : Bench(make_server, Protocol::framed) {}
};

HALF_TEST(Echo, WhatComesGoesBack, "echo") {
  EchoBench bench;
  Client& alice = bench.kernel.client("alice");
  for (const char* word : {"one", "two", "three"}) alice.sends(word).receives(word);
  bench.run();
}

HALF_TEST(Echo, ManyClientsAtOnce, "echo") {
  EchoBench bench;
  bench.kernel.is_capricious();
  for (const char* name : {"alice", "bob", "carol"}) {
    const std::string text = name + some_bytes(500);
    bench.kernel.client(name).sends_in_pieces(text, 100).receives(text);
  }
  bench.run();
}

HALF_TEST(Echo, WhoComesLaterIsServedAtOnce, "accept") {
  EchoBench bench;
  Client& alice = bench.kernel.client("alice");
  alice.sends("hello").receives("hello").waits(1030ms).does("", [&] {
    const auto now = bench.kernel.now();
    bench.kernel.client("bob").sends("hello").receives("hello").does("", [&bench, now] {
      bench.kernel.client("carol").sends("hello").receives("hello").does("", [&bench, now] {
        expect_that(bench.kernel.now() == now, "bob and carol are served at once, between ticks",
                    "one was served at the next tick only");
      });
    });
  });
  bench.run();
}

HALF_TEST(Waiting, ServerWithNothingToDoRests, "what-to-wait-for") {
  EchoBench bench;
  Client& alice = bench.kernel.client("alice");
  std::size_t waits = 0;
  alice.sends("hello").receives("hello").waits(200ms);
  alice.does("", [&] { waits = bench.kernel.calls("epoll_wait"); });
  alice.waits(1s).does("", [&] {
    waits = bench.kernel.calls("epoll_wait") - waits;
    expect_that(waits <= 12, "10 ticks and nothing else wake up the program in a second",
                "it called epoll_wait() " + std::to_string(waits) + " times");
  });
  bench.run();
}

HALF_TEST(Waiting, WhatTheSocketDoesNotTakeWaits, "what-to-wait-for") {
  EchoBench bench;
  bench.kernel.send_buffer(100);
  const std::string text = some_bytes(1000);
  Client& alice = bench.kernel.client("alice");
  Client& bob = bench.kernel.client("bob");
  alice.stops_reading().sends(text).waits(300ms).reads_again().receives(text);
  bob.waits(100ms).sends("hello").receives("hello");
  bench.run();
}

HALF_TEST(Framed, OneAfterTheOther, "framed") {
  FramedBench bench;
  Client& alice = bench.kernel.client("alice");
  for (const char* payload : {"one", "", "three"}) {
    alice.sends(frame(payload)).receives(frame(payload));
  }
  alice.sends(frame("four") + frame("") + frame("six"));
  alice.receives(frame("four") + frame("") + frame("six"));
  bench.run();
}

HALF_TEST(Framed, InPieces, "framed") {
  FramedBench bench;
  Client& alice = bench.kernel.client("alice");
  for (const std::string payload : {"one", "two", "", "four"}) {
    alice.sends_in_pieces(frame(payload), 3).receives(frame(payload));
  }
  const std::string hello = frame("hello");
  for (const char byte : hello) alice.sends(std::string(1, byte)).waits(10ms);
  alice.receives(hello);
  bench.run();
}

HALF_TEST(Framed, LongerThanAReceive, "long-frames") {
  FramedBench bench;
  bench.options.read_size = 1000;
  const std::string payload = some_bytes(5000);
  bench.kernel.client("alice").sends(frame(payload)).receives(frame(payload));
  bench.run();
}

HALF_TEST(Framed, TooLongEndsAfterTheReplies, "too-long") {
  FramedBench bench;
  bench.kernel.send_buffer(100);
  bench.options.max_frame = 1000;
  const std::string payload = some_bytes(1000);
  Client& alice = bench.kernel.client("alice");
  alice.sends(frame(payload) + header(1001)).sends("and what nobody wants to know");
  alice.receives(frame(payload)).sees_end().finishes().sees_close();
  bench.run();
}

HALF_TEST(HalfClose, RepliesThenTheEnd, "half-close") {
  EchoBench bench;
  bench.kernel.send_buffer(100);
  const std::string text = some_bytes(1000);
  Client& alice = bench.kernel.client("alice");
  alice.stops_reading().sends(text).finishes().waits(50ms);
  alice.reads_again().receives(text).sees_end().sees_close();
  bench.run();
}

// What is neither with alice nor unread is with the server.
HALF_TEST(OutputLimit, WhoReadsNothingIsNotRead, "output-limit") {
  EchoBench bench;
  bench.kernel.send_buffer(100);
  bench.options.output_limit = 10'000;
  bench.options.read_size = 1000;
  const std::string text = some_bytes(50'000);
  Client& alice = bench.kernel.client("alice");
  alice.stops_reading().sends(text).waits(300ms);
  alice.does("", [&] {
    const std::size_t held = text.size() - unread_bytes(alice.descriptor());
    const std::size_t most = 10'000 + 1000 + 100;
    expect_that(held <= most,
                "output_limit is 10,000 bytes: your server stops to receive from alice",
                "it has taken " + count_of(held, "byte") + " of a client that reads nothing");
  });
  alice.reads_again().receives(text).sends("hello").receives("hello");
  bench.run();
}

HALF_TEST(Resets, OnlyThatClientIsLost, "resets") {
  EchoBench bench;
  bench.kernel.send_buffer(100);
  Client& alice = bench.kernel.client("alice");
  Client& bob = bench.kernel.client("bob");
  alice.sends("hello").receives("hello").resets().sees_close();
  bob.waits(100ms).sends("hello").receives("hello");
  bench.run();
}

HALF_TEST(Resets, WhoLeavesWithoutHisReplies, "resets") {
  EchoBench bench;
  bench.kernel.send_buffer(100);
  Client& alice = bench.kernel.client("alice");
  Client& bob = bench.kernel.client("bob");
  alice.stops_reading().sends(some_bytes(1000)).waits(50ms).closes().sees_close();
  bob.waits(100ms).sends("hello").receives("hello");
  bench.run();
}

HALF_TEST(Descriptors, RunOutAndComeAgain, "out-of-descriptors") {
  EchoBench bench;
  bench.kernel.descriptor_limit(Bench::own_descriptors + 1);
  Client& alice = bench.kernel.client("alice");
  Client& bob = bench.kernel.client("bob");
  alice.sends("hello").receives("hello").waits(1s);
  alice.does("", [&] {
    const std::size_t calls = bench.kernel.calls("accept");
    expect_that(calls <= 15, "your server asks again at ticks only: 10 times a second",
                "it called accept4() " + std::to_string(calls) + " times");
  });
  alice.sends("still here").receives("still here").finishes().sees_close();
  bob.sends("hello").receives("hello");
  bench.run();
}

HALF_TEST(Descriptors, NothingIsLeft, "leftovers") {
  EchoBench bench;
  for (const char* name : {"alice", "bob", "carol"}) {
    Client& client = bench.kernel.client(name);
    client.sends("hello").receives("hello").finishes().sees_close();
  }
  bench.kernel.client("dave").sends("hello").receives("hello").resets().sees_close();
  Client& eve = bench.kernel.client("eve");
  eve.sends("hello").receives("hello").waits(200ms).does("", [&] {
    bench.kernel.expect_open(Bench::own_descriptors + 1,
                             "only the epoll, the listener and eve's connection are open");
  });
  bench.run();
  bench.end();
}

HALF_TEST(Descriptors, OneConnectionTooManyIsClosed, "limits") {
  EchoBench bench;
  bench.options.max_connections = 1;
  Client& alice = bench.kernel.client("alice");
  alice.sends("hello").receives("hello");
  alice.does("", [&] { bench.kernel.client("bob").sees_close(); }).waits(200ms);
  alice.sends("hello").receives("hello").finishes().sees_close();
  alice.does("", [&] { bench.kernel.client("carol").sends("hello").receives("hello"); });
  bench.run();
}

HALF_TEST(Idle, WhoIsSilentIsEnded, "idle") {
  EchoBench bench;
  bench.options.idle_timeout = 500ms;
  bench.kernel.client("alice").sends("hello").receives("hello").sees_close();
  Client& bob = bench.kernel.client("bob");
  for (int i = 0; i < 6; ++i) bob.sends("hello").receives("hello").waits(250ms);
  bench.run(3s);
}

HALF_TEST(Idle, PartsOfAFrameAreNoProgress, "idle") {
  FramedBench bench;
  bench.options.idle_timeout = 500ms;
  Client& alice = bench.kernel.client("alice");
  bool is_closed = false;
  alice.sends(frame("hello")).receives(frame("hello")).sends(header(100));
  for (int i = 0; i < 8; ++i) {
    alice.sends("x").waits(200ms).does("", [&] { is_closed |= alice.descriptor() < 0; });
  }
  alice.does("", [&] {
    expect_that(is_closed, "alice, who never sends a whole frame, is ended after 500 ms",
                "each byte was taken for progress: she is still connected");
  });
  bench.run(3s);
}

HALF_TEST(Idle, TakingOutputIsProgress, "idle") {
  FramedBench bench;
  bench.kernel.send_buffer(100);
  bench.options.idle_timeout = 500ms;
  bench.options.output_limit = 500;
  const std::string reply = frame(some_bytes(900));
  Client& alice = bench.kernel.client("alice");
  alice.stops_reading().sends(reply);
  for (int i = 0; i < 9; ++i) {
    // Takes what is in the socket's buffer, and lets it fill again.
    alice.waits(200ms).reads_again().receives(reply.substr(100U * i, 100)).stops_reading();
  }
  alice.reads_again().receives(reply.substr(900));
  bench.run(3s);
}

HALF_TEST(Drain, AnswersWhatHasArrived, "drain") {
  EchoBench bench;
  bench.kernel.send_buffer(100);
  bench.options.output_limit = 1000;
  bench.options.read_size = 500;
  const std::string text = some_bytes(10'000);
  Client& alice = bench.kernel.client("alice");
  alice.stops_reading().sends(text).waits(150ms);
  alice.does("the program is asked to stop", [&] { bench.ask_to_drain(); }).waits(200ms);
  alice.reads_again().receives(text).sees_end().finishes().sees_close();
  bench.run();
  bench.end();
}

HALF_TEST(Drain, SilentClientsSeeTheEnd, "drain") {
  FramedBench bench;
  Client& alice = bench.kernel.client("alice");
  alice.sends(frame("hello") + "half").receives(frame("hello"));
  alice.does("the program is asked to stop", [&] { bench.ask_to_drain(); });
  alice.sees_end().sends("too late").finishes().sees_close();
  bench.run();
  bench.end();
}

HALF_TEST(Drain, WaitsNoLongerThanAllowed, "drain") {
  EchoBench bench;
  bench.options.drain_timeout = 500ms;
  Client& alice = bench.kernel.client("alice");
  std::chrono::nanoseconds asked{};
  alice.sends("hello").receives("hello");
  alice.does("the program is asked to stop", [&] {
    bench.ask_to_drain();
    asked = bench.kernel.now();
  });
  alice.sees_end().sees_close().does("", [&] {
    const auto waited = bench.kernel.now() - asked;
    expect_that(waited >= 450ms && waited <= 750ms, "alice, who stays, is ended after 500 ms",
                "she was after " + std::to_string(waited / 1ms) + " ms");
  });
  bench.run();
  bench.end();
}

}  // namespace
}  // namespace lab
