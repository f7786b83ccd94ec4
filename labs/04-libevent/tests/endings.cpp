// How connections end, and what is left behind.
#include <chrono>
#include <string>

#include "both_halves.hpp"

namespace lab::both {

using namespace std::chrono_literals;

void resets_only_that_client_is_lost(Bench::Factory make_server) {
  Bench bench(make_server, Protocol::echo);
  bench.kernel.send_buffer(100);
  Client& alice = bench.kernel.client("alice");
  Client& bob = bench.kernel.client("bob");
  alice.sends("hello").receives("hello").resets().sees_close();
  bob.waits(100ms).sends("hello").receives("hello");
  bench.run();
}

void resets_who_leaves_without_his_replies(Bench::Factory make_server) {
  Bench bench(make_server, Protocol::echo);
  bench.kernel.send_buffer(100);
  Client& alice = bench.kernel.client("alice");
  Client& bob = bench.kernel.client("bob");
  alice.stops_reading().sends(some_bytes(1000)).waits(50ms).closes().sees_close();
  bob.waits(100ms).sends("hello").receives("hello");
  bench.run();
}

void descriptors_run_out_and_come_again(Bench::Factory make_server) {
  Bench bench(make_server, Protocol::echo);
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
  bench.run(2s);
}

void descriptors_nothing_is_left(Bench::Factory make_server) {
  Bench bench(make_server, Protocol::echo);
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

void descriptors_one_connection_too_many_is_closed(Bench::Factory make_server) {
  Bench bench(make_server, Protocol::echo);
  bench.options.max_connections = 1;
  Client& alice = bench.kernel.client("alice");
  alice.sends("hello").receives("hello");
  alice.does("", [&] { bench.kernel.client("bob").sees_close(); }).waits(200ms);
  alice.sends("hello").receives("hello").finishes().sees_close();
  alice.does("", [&] { bench.kernel.client("carol").sends("hello").receives("hello"); });
  bench.run();
}

void idle_who_is_silent_is_ended(Bench::Factory make_server) {
  Bench bench(make_server, Protocol::echo);
  bench.options.idle_timeout = 500ms;
  bench.kernel.client("alice").sends("hello").receives("hello").sees_close();
  Client& bob = bench.kernel.client("bob");
  for (int i = 0; i < 6; ++i) bob.sends("hello").receives("hello").waits(250ms);
  bench.run(3s);
}

void idle_parts_of_a_frame_are_no_progress(Bench::Factory make_server) {
  Bench bench(make_server, Protocol::framed);
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

void idle_taking_output_is_progress(Bench::Factory make_server) {
  Bench bench(make_server, Protocol::framed);
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

void idle_nobody_is_after_a_stop(Bench::Factory make_server) {
  Bench bench(make_server, Protocol::echo);
  bench.options.idle_timeout = 500ms;
  Client& alice = bench.kernel.client("alice");
  alice.sends("hello").receives("hello").waits(250ms);
  alice.does("the program is stopped for a while (SIGSTOP)", [&] { bench.kernel.let_pass(10s); });
  alice.waits(50ms).sends("hello").receives("hello");
  bench.run(12s);
}

void drain_answers_what_has_arrived(Bench::Factory make_server) {
  Bench bench(make_server, Protocol::echo);
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

void drain_silent_clients_see_the_end(Bench::Factory make_server) {
  Bench bench(make_server, Protocol::framed);
  Client& alice = bench.kernel.client("alice");
  alice.sends(frame("hello") + header(10) + "half").receives(frame("hello"));
  alice.does("the program is asked to stop", [&] { bench.ask_to_drain(); });
  alice.sees_end().sends("too late").finishes().sees_close();
  bench.run();
  bench.end();
}

void drain_waits_no_longer_than_allowed(Bench::Factory make_server) {
  Bench bench(make_server, Protocol::echo);
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
  bench.run(2s);
  bench.end();
}

}  // namespace lab::both
