// What comes goes back, in order and no faster than it is taken.
#include <chrono>
#include <string>

#include "both_halves.hpp"
#include "machine/thrown_away.hpp"

namespace lab::both {

using namespace std::chrono_literals;

void echo_what_comes_goes_back(Bench::Factory make_server) {
  Bench bench(make_server, Protocol::echo);
  Client& alice = bench.kernel.client("alice");
  for (const char* word : {"one", "two", "three"}) alice.sends(word).receives(word);
  bench.run();
}

void echo_many_clients_at_once(Bench::Factory make_server) {
  Bench bench(make_server, Protocol::echo);
  bench.kernel.is_capricious();
  for (const char* name : {"alice", "bob", "carol"}) {
    const std::string text = name + some_bytes(500);
    bench.kernel.client(name).sends_in_pieces(text, 100).receives(text);
  }
  bench.run();
}

void echo_who_comes_later_is_served_at_once(Bench::Factory make_server) {
  Bench bench(make_server, Protocol::echo);
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
  bench.run(2s);
}

void waiting_server_with_nothing_to_do_rests(Bench::Factory make_server) {
  Bench bench(make_server, Protocol::echo);
  Client& alice = bench.kernel.client("alice");
  std::size_t waits = 0;
  alice.sends("hello").receives("hello").waits(200ms);
  alice.does("", [&] { waits = bench.kernel.calls("epoll_wait"); });
  alice.waits(1s).does("", [&] {
    waits = bench.kernel.calls("epoll_wait") - waits;
    expect_that(waits <= 12, "10 ticks and nothing else wake up the program in a second",
                "it called epoll_wait() " + std::to_string(waits) + " times");
  });
  bench.run(2s);
}

void waiting_what_the_socket_does_not_take_waits(Bench::Factory make_server) {
  Bench bench(make_server, Protocol::echo);
  bench.kernel.send_buffer(100);
  const std::string text = some_bytes(1000);
  Client& alice = bench.kernel.client("alice");
  Client& bob = bench.kernel.client("bob");
  alice.stops_reading().sends(text).waits(300ms).reads_again().receives(text);
  bob.waits(100ms).sends("hello").receives("hello");
  bench.run();
}

void framed_one_after_the_other(Bench::Factory make_server) {
  Bench bench(make_server, Protocol::framed);
  Client& alice = bench.kernel.client("alice");
  for (const char* payload : {"one", "", "three"}) {
    alice.sends(frame(payload)).receives(frame(payload));
  }
  alice.sends(frame("four") + frame("") + frame("six"));
  alice.receives(frame("four") + frame("") + frame("six"));
  bench.run();
}

void framed_in_pieces(Bench::Factory make_server) {
  Bench bench(make_server, Protocol::framed);
  Client& alice = bench.kernel.client("alice");
  for (const std::string payload : {"one", "two", "", "four"}) {
    alice.sends_in_pieces(frame(payload), 3).receives(frame(payload));
  }
  const std::string hello = frame("hello");
  std::size_t before = 0;
  alice.does("", [&] { before = alice.received().size(); });
  for (const char byte : hello) {
    alice.does("", [&] {
      expect_equal("bytes of a reply before the whole frame has come", 0U,
                   alice.received().size() - before);
    });
    alice.sends(std::string(1, byte)).waits(10ms);
  }
  alice.receives(hello);
  bench.run();
}

void framed_longer_than_a_receive(Bench::Factory make_server) {
  Bench bench(make_server, Protocol::framed);
  bench.options.read_size = 1000;
  const std::string payload = some_bytes(5000);
  bench.kernel.client("alice").sends(frame(payload)).receives(frame(payload));
  bench.run();
}

void framed_too_long_ends_after_the_replies(Bench::Factory make_server) {
  Bench bench(make_server, Protocol::framed);
  bench.kernel.send_buffer(100);
  bench.options.max_frame = 1000;
  const std::string payload = some_bytes(1000);
  Client& alice = bench.kernel.client("alice");
  alice.sends(frame(payload) + header(1001)).sends("and what nobody wants to know");
  alice.receives(frame(payload)).sees_end().waits(20ms).sends("nor this").waits(20ms);
  alice.does("", [&] { expect_thrown_away(alice); }).finishes().sees_close();
  bench.run();
}

void half_close_replies_then_the_end(Bench::Factory make_server) {
  Bench bench(make_server, Protocol::echo);
  bench.kernel.send_buffer(100);
  const std::string text = some_bytes(1000);
  Client& alice = bench.kernel.client("alice");
  alice.stops_reading().sends(text).finishes().waits(50ms);
  alice.reads_again().receives(text).sees_end().sees_close();
  bench.run();
}

// What is neither with alice nor unread is with the server.
void output_limit_who_reads_nothing_is_not_read(Bench::Factory make_server) {
  Bench bench(make_server, Protocol::echo);
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

}  // namespace lab::both
