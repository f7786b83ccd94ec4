// What comes goes back, frame by frame, in order.
#include <string>

#include "both_servers.hpp"

namespace lab::both {

void frames_one_after_the_other(Serve serve) {
  AsioBench bench(Protocol::framed);
  Client& alice = bench.kernel.client("alice");
  for (const char* payload : {"one", "", "three"}) {
    alice.sends(frame(payload)).receives(frame(payload));
  }
  bench.run(serve);
}

// Beyond a byte's sign, a byte, a receive, and what lengths of 16 bits can say.
void frames_of_every_length(Serve serve) {
  AsioBench bench(Protocol::framed);
  Client& alice = bench.kernel.client("alice");
  for (const std::size_t length : {1, 127, 128, 255, 256, 20'000, 70'000}) {
    const std::string sent = frame(some_bytes(length));
    alice.sends(sent).receives(sent);
  }
  bench.run(serve);
}

void frames_several_at_once(Serve serve) {
  AsioBench bench(Protocol::framed);
  Client& alice = bench.kernel.client("alice");
  const std::string three = frame("one") + frame("") + frame("three");
  alice.sends(three).receives(three);
  alice.sends(frame("four") + header(4)).receives(frame("four"));
  alice.sends("five" + frame("six")).receives(frame("five") + frame("six"));
  bench.run(serve);
}

void pieces_byte_by_byte(Serve serve) {
  AsioBench bench(Protocol::framed);
  Client& alice = bench.kernel.client("alice");
  const std::string hello = frame("hello");
  for (const char byte : hello) {
    alice.does("", [&] {
      expect_equal("bytes of a reply before the whole frame has come", 0U, alice.received().size());
    });
    alice.sends(std::string(1, byte)).waits(10ms);
  }
  alice.receives(hello).sends(frame("bye")).receives(frame("bye"));
  bench.run(serve);
}

void pieces_from_many_clients(Serve serve) {
  AsioBench bench(Protocol::framed);
  bench.kernel.is_capricious();
  for (const std::string name : {"alice", "bob", "carol"}) {
    std::string frames;
    for (const char* payload : {"", "a", "some more bytes"}) frames += frame(name + payload);
    frames += frame(some_bytes(500)) + frame("");
    bench.kernel.client(name).sends_in_pieces(frames, 100).receives(frames);
  }
  bench.run(serve);
}

void short_writes_every_byte_in_order(Serve serve) {
  AsioBench bench(Protocol::framed);
  bench.kernel.at_most_per_call(3);
  Client& alice = bench.kernel.client("alice");
  const std::string frames = frame("the first") + frame("the second") + frame("the third");
  alice.sends(frames).receives(frames).sends(frame("the fourth")).receives(frame("the fourth"));
  bench.run(serve);
}

void short_writes_replies_wait_their_turn(Serve serve) {
  AsioBench bench(Protocol::framed);
  bench.kernel.send_buffer(100);
  const std::string first = frame(some_bytes(900));
  const std::string second = frame(some_bytes(300));
  Client& alice = bench.kernel.client("alice");
  alice.stops_reading().sends(first).waits(50ms).sends(second).waits(50ms);
  alice.reads_again().receives(first + second);
  bench.kernel.client("bob").waits(30ms).sends(frame("hello")).receives(frame("hello"));
  bench.run(serve);
}

// What is neither with alice nor unread is with the server.
void short_writes_who_reads_nothing_is_not_read(Serve serve) {
  AsioBench bench(Protocol::framed);
  bench.kernel.send_buffer(100);
  bench.options.read_size = 1000;
  std::string frames;
  for (int i = 0; i < 100; ++i) frames += frame(some_bytes(496));
  Client& alice = bench.kernel.client("alice");
  alice.stops_reading().sends(frames).waits(300ms);
  alice.does("", [&] {
    const std::size_t held = frames.size() - unread_bytes(alice.descriptor());
    expect_that(held <= 2000, "your server does not receive before its last reply has been taken",
                "it has received " + count_of(held, "byte") + " of a client that takes nothing");
  });
  alice.reads_again().receives(frames);
  bench.run(serve);
}

}  // namespace lab::both
