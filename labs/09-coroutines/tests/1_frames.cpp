// What comes goes back, frame by frame.
#include <string>

#include "bench.hpp"

namespace lab {
namespace {

LAB_TEST(Frames, OneAfterTheOther, "first-frame") {
  AsioBench bench(Protocol::framed);
  Client& alice = bench.kernel.client("alice");
  for (const char* payload : {"one", "", "three"}) {
    alice.sends(frame(payload)).receives(frame(payload));
  }
  run_server(bench);
}

LAB_TEST(Frames, OfEveryLength, "first-frame") {
  AsioBench bench(Protocol::framed);
  Client& alice = bench.kernel.client("alice");
  for (const std::size_t length : {1, 127, 128, 255, 256, 20'000, 70'000}) {
    const std::string sent = frame(some_bytes(length));
    alice.sends(sent).receives(sent);
  }
  run_server(bench);
}

LAB_TEST(Frames, SeveralAtOnce, "first-frame") {
  AsioBench bench(Protocol::framed);
  Client& alice = bench.kernel.client("alice");
  const std::string three = frame("one") + frame("") + frame("three");
  alice.sends(three + header(4)).receives(three).sends("four").receives(frame("four"));
  run_server(bench);
}

LAB_TEST(Frames, ByteByByte, "pieces") {
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
  run_server(bench);
}

LAB_TEST(Frames, ShortWrites, "short-writes") {
  AsioBench bench(Protocol::framed);
  bench.kernel.at_most_per_call(3);
  Client& alice = bench.kernel.client("alice");
  const std::string frames = frame("the first") + frame("the second") + frame("the third");
  alice.sends(frames).receives(frames).sends(frame("the fourth")).receives(frame("the fourth"));
  run_server(bench);
}

LAB_TEST(Clients, ManyInPieces, "one-for-each") {
  AsioBench bench(Protocol::framed);
  bench.kernel.is_capricious();
  for (const std::string name : {"alice", "bob", "carol"}) {
    std::string frames;
    for (const char* payload : {"", "a", "some more bytes"}) frames += frame(name + payload);
    frames += frame(some_bytes(500));
    bench.kernel.client(name).sends_in_pieces(frames, 100).receives(frames);
  }
  run_server(bench);
}

LAB_TEST(Clients, NobodyWaitsForAnother, "one-for-each") {
  AsioBench bench(Protocol::framed);
  Client& alice = bench.kernel.client("alice");
  Client& bob = bench.kernel.client("bob");
  alice.sends(frame("hello")).receives(frame("hello")).sends(header(10) + "half").waits(1s);
  alice.sends("a frame").receives(frame("halfa fram"));
  bob.waits(100ms).sends(frame("hello")).receives(frame("hello")).does("", [&] {
    expect_that(bench.kernel.now() == 100ms, "bob is served at once, while alice's frame is open",
                "he is served after " + duration_text(bench.kernel.now()));
  });
  run_server(bench);
}

LAB_TEST(Clients, SlowReaderDelaysNobody, "never-block") {
  AsioBench bench(Protocol::framed);
  bench.kernel.send_buffer(100);
  const std::string reply = frame(some_bytes(1000));
  Client& alice = bench.kernel.client("alice");
  Client& bob = bench.kernel.client("bob");
  alice.stops_reading().sends(reply).waits(1s).reads_again().receives(reply);
  bob.waits(100ms).sends(frame("hello")).receives(frame("hello")).does("", [&] {
    expect_that(bench.kernel.now() == 100ms, "bob is served at once, while alice takes nothing",
                "he is served after " + duration_text(bench.kernel.now()));
  });
  run_server(bench);
}

}  // namespace
}  // namespace lab
