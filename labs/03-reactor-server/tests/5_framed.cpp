#include "bench.hpp"
#include "machine/thrown_away.hpp"

namespace lab {
namespace {

LAB_TEST(Framed, AFrameComesBackWhole, "framed") {
  Bench bench(Protocol::framed);
  bench.kernel.client("alice").sends(frame("hello")).receives(frame("hello"));
  bench.run();
}

LAB_TEST(Framed, HalfAFrameIsNotAnswered, "framed") {
  Bench bench(Protocol::framed);
  const std::string bytes = frame("hello");
  Client& alice = bench.kernel.client("alice");
  alice.sends(frame("one") + bytes.substr(0, 6)).receives(frame("one")).waits(50ms);
  alice.does("", [&] { expect_bytes("what alice receives", frame("one"), alice.received()); });
  alice.sends(bytes.substr(6)).receives(bytes);
  bench.run();
}

LAB_TEST(Framed, PiecesOfAnySize, "framed") {
  Bench bench(Protocol::framed);
  bench.kernel.is_capricious();
  bench.kernel.send_buffer(100);
  const std::string bytes = frame("") + frame(some_bytes(300)) + frame("a") + frame(some_bytes(70));
  bench.kernel.client("alice").sends_in_pieces(bytes, 9).receives(bytes).finishes().sees_end();
  bench.run();
}

LAB_TEST(Framed, ManyFramesOfOneReceiveGoOutInOneSend, "cost") {
  Bench bench(Protocol::framed);
  std::string bytes;
  for (int i = 0; i < 50; ++i) bytes += frame("frame " + std::to_string(i));
  bench.kernel.client("alice").sends(bytes).receives(bytes);
  bench.run();
  expect_equal("calls of recv() for 50 frames that came together", std::size_t{1},
               bench.kernel.calls("recv"));
  expect_equal("calls of send() for them", std::size_t{1}, bench.kernel.calls("send"));
}

// Closing with unread input would reset the connection, and replies on their way would be lost.
LAB_TEST(Framed, TooLongIsTheEndBehindTheReplies, "too-long") {
  Bench bench(Protocol::framed);
  bench.options.max_frame = 100;
  bench.options.read_size = 200;
  const std::string valid = frame("one") + frame(some_bytes(100));
  Client& alice = bench.kernel.client("alice");
  alice.sends(valid + header(101) + some_bytes(50000)).receives(valid).sees_end();
  alice.sends(frame("two") + some_bytes(500)).waits(50ms);
  alice.does("", [&] {
    expect_bytes("what alice receives in all", valid, alice.received());
    expect_thrown_away(alice);
  });
  alice.finishes().sees_close();
  bench.run();
}

}  // namespace
}  // namespace lab
