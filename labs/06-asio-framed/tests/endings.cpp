// How connections end, and what is left behind.
#include <string>

#include "both_servers.hpp"
#include "machine/thrown_away.hpp"

namespace lab::both {
void too_long_the_longest_is_not(Serve serve) {
  AsioBench bench(Protocol::framed);
  bench.options.max_frame = 1000;
  const std::string longest = frame(some_bytes(1000));
  bench.kernel.client("alice").sends(longest).receives(longest);
  bench.run(serve);
}

void too_long_ends_after_the_replies(Serve serve) {
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
  bench.run(serve);
  bench.end();
}

void too_long_costs_nothing(Serve serve) {
  AsioBench bench(Protocol::framed);
  Client& alice = bench.kernel.client("alice");
  alice.sends(header(0xffff'fff0)).sees_end().finishes().sees_close();
  bench.kernel.client("bob").waits(10ms).sends(frame("hello")).receives(frame("hello"));
  bench.run(serve);
}

void half_close_replies_then_the_end(Serve serve) {
  AsioBench bench(Protocol::framed);
  bench.kernel.send_buffer(100);
  const std::string frames = frame(some_bytes(1000)) + frame("bye");
  Client& alice = bench.kernel.client("alice");
  alice.stops_reading().sends(frames).finishes().waits(50ms);
  alice.reads_again().receives(frames).sees_end().sees_close();
  bench.run(serve);
}

void half_close_within_a_frame(Serve serve) {
  AsioBench bench(Protocol::framed);
  const std::string hello = frame("hello");
  bench.kernel.client("alice")
      .sends(hello + header(1).substr(0, 1))
      .finishes()
      .receives(hello)
      .sees_close();
  Client& bob = bench.kernel.client("bob");
  bob.sends(hello + header(100) + "half of it").finishes().receives(hello).sees_end().sees_close();
  bench.kernel.client("carol").finishes().sees_end().sees_close();
  bench.run(serve);
}

void resets_only_that_client_is_lost(Serve serve) {
  AsioBench bench(Protocol::framed);
  Client& alice = bench.kernel.client("alice");
  Client& bob = bench.kernel.client("bob");
  alice.sends(frame("hello") + header(10)).receives(frame("hello")).resets().sees_close();
  bob.waits(100ms).sends(frame("hello")).receives(frame("hello"));
  bench.run(serve);
}

void resets_who_leaves_without_its_replies(Serve serve) {
  AsioBench bench(Protocol::framed);
  bench.kernel.send_buffer(100);
  Client& alice = bench.kernel.client("alice");
  Client& bob = bench.kernel.client("bob");
  alice.stops_reading().sends(frame(some_bytes(1000))).waits(50ms).closes().sees_close();
  bob.waits(100ms).sends(frame("hello")).receives(frame("hello"));
  bench.run(serve);
}

void leftovers_none_of_who_has_gone(Serve serve) {
  AsioBench bench(Protocol::framed);
  const std::string hello = frame("hello");
  for (const char* name : {"alice", "bob"}) {
    bench.kernel.client(name).sends(hello).receives(hello).finishes().sees_close();
  }
  bench.kernel.client("carol").sends(hello).receives(hello).resets().sees_close();
  Client& dave = bench.kernel.client("dave");
  dave.waits(50ms).sends(hello).receives(hello).does("", [&] {
    bench.kernel.expect_open(AsioBench::own_descriptors + 1,
                             "only the epoll, its eventfd, the listener and dave's are open");
  });
  bench.run(serve);
  bench.end();
}

// In the middle of a header, of a payload, of a reply, of throwing away.
void leftovers_none_of_who_is_there(Serve serve) {
  AsioBench bench(Protocol::framed);
  bench.kernel.send_buffer(100);
  bench.kernel.client("alice").sends(header(3).substr(0, 2));
  bench.kernel.client("bob").sends(header(100) + "half of it");
  bench.kernel.client("carol").stops_reading().sends(frame(some_bytes(1000)));
  bench.kernel.client("dave").sends(header(0xffff'ffff)).sees_end();
  bench.kernel.client("eve");
  bench.run(serve);
  bench.end();
}

}  // namespace lab::both
