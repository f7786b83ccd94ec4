// What every step promises to every client. None of the seven may lose any of it.
#include <cerrno>
#include <string>

#include "bench.hpp"
#include "machine/thrown_away.hpp"

namespace lab {
namespace {

LAB_TEST(Echo, WhatComesGoesBack, "conversation") {
  Bench bench(Protocol::echo);
  bench.client("alice").sends("hello").receives("hello").finishes().sees_end().sees_close();
  bench.run();
}

LAB_TEST(Echo, OneMessageAfterTheOther, "conversation") {
  Bench bench(Protocol::echo);
  Client& alice = bench.client("alice");
  for (const char* word : {"a long message", "hi", "", "again"}) alice.sends(word).receives(word);
  alice.finishes().sees_end().sees_close();
  bench.run();
}

LAB_TEST(Echo, OneClientAfterTheOther, "conversation") {
  Bench bench(Protocol::echo);
  for (const char* name : {"alice", "bob", "carol"}) {
    bench.client(name).sends(name).receives(name).finishes().sees_end().sees_close();
  }
  bench.run();
}

LAB_TEST(ShortWrites, EveryByteIsSent, "short-writes") {
  Bench bench(Protocol::echo);
  bench.kernel().send_buffer(5);
  bench.client("alice").sends("hello, world").receives("hello, world").finishes().sees_close();
  bench.run();
}

LAB_TEST(ShortWrites, AReaderThatIsSlow, "short-writes") {
  Bench bench(Protocol::echo);
  bench.kernel().send_buffer(1000);
  const std::string bytes = some_bytes(5000);
  bench.client("alice")
      .stops_reading()
      .sends(bytes)
      .waits(5s)
      .reads_again()
      .receives(bytes)
      .finishes()
      .sees_close();
  bench.run();
}

LAB_TEST(ShortWrites, MuchInAnyPieces, "short-writes") {
  Bench bench(Protocol::echo);
  bench.kernel().is_capricious();
  const std::string bytes = some_bytes(100'000);
  bench.client("alice").sends_in_pieces(bytes, 30'000).receives(bytes).finishes().sees_close();
  bench.run();
}

LAB_TEST(Framed, AFrameComesBackWhole, "framed") {
  Bench bench(Protocol::framed);
  const std::string two = frame("hello") + frame("");
  bench.client("alice").sends(two).receives(two).finishes().sees_end().sees_close();
  bench.run();
}

LAB_TEST(Framed, InAnyPieces, "framed") {
  Bench bench(Protocol::framed);
  bench.kernel().is_capricious();
  const std::string frames = frame(some_bytes(5000)) + frame("") + frame("short");
  bench.client("alice").sends_in_pieces(frames, 700).receives(frames).finishes().sees_close();
  bench.run();
}

LAB_TEST(Framed, ALengthThatIsTooLongEndsTheStream, "too-long") {
  Bench bench(Protocol::framed);
  bench.options().max_frame = 10;
  bench.options().read_size = 64;
  Client& alice = bench.client("alice");
  alice.sends(frame("hello") + header(11) + some_bytes(500)).receives(frame("hello")).sees_end();
  alice.waits(20ms).sends("more, which nobody wants").waits(20ms);
  alice.does("", [&] { expect_thrown_away(alice); }).finishes().sees_close();
  bench.run();
}

LAB_TEST(Signals, AnInterruptedReceiveGoesOn, "signals") {
  Bench bench(Protocol::echo);
  Client& alice = bench.client("alice");
  alice.sends("hello").receives("hello");
  alice.does("a signal interrupts the next receive", [&] { bench.kernel().fails("recv", EINTR); });
  alice.sends("again").receives("again").finishes().sees_close();
  bench.run();
}

LAB_TEST(Signals, AnInterruptedSendGoesOn, "signals") {
  Bench bench(Protocol::echo);
  bench.kernel().fails("send", EINTR, 2);
  bench.client("alice").sends("hello").receives("hello").finishes().sees_close();
  bench.run();
}

LAB_TEST(HalfClose, AnswersStillGoOut, "half-close") {
  Bench bench(Protocol::framed);
  bench.kernel().send_buffer(10);
  const std::string frames = frame(some_bytes(100)) + frame("last");
  bench.client("alice").sends(frames).finishes().receives(frames).sees_end().sees_close();
  bench.run();
}

LAB_TEST(HalfClose, HalfAMessageHasNoAnswer, "half-close") {
  Bench bench(Protocol::framed);
  const std::string whole = frame("whole");
  bench.client("alice").sends(whole + header(9)).receives(whole).finishes().sees_end().sees_close();
  bench.run();
}

LAB_TEST(Reset, EndsOneConversationOnly, "resets") {
  Bench bench(Protocol::echo);
  bench.client("alice").sends("hello").receives("hello").resets();
  bench.client("bob").sends("still here").receives("still here").finishes().sees_close();
  bench.run();
}

LAB_TEST(Reset, WhoIsGoneIsNoReasonToDie, "resets") {
  Bench bench(Protocol::echo);
  bench.kernel().send_buffer(1000);
  Client& alice = bench.client("alice");
  alice.stops_reading().sends(some_bytes(5000)).waits(1s).closes().sees_close();
  bench.client("bob").sends("still here").receives("still here").finishes().sees_close();
  bench.run();
}

}  // namespace
}  // namespace lab
