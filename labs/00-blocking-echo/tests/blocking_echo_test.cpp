#include "blocking_echo.hpp"

#include <cerrno>
#include <string>

#include "machine/kernel/kernel.hpp"
#include "machine/story/lab_test.hpp"

namespace lab {
namespace {

// Runs serve_connection() for this one client.
void serve(Kernel& kernel, const Client& client) {
  const Ending ending = kernel.run([&] { serve_connection(client.descriptor()); });
  expect_that(ending == Ending::returned, "serve_connection() returns at the end",
              "it waits for more");
  kernel.expect_open(0, "the connection is closed");
}

std::string every_byte() {
  std::string bytes;
  for (int value = 0; value < 256; ++value) bytes += static_cast<char>(value);
  return bytes;
}

std::string text_of_size(std::size_t size) {
  std::string text;
  while (text.size() < size) text += std::to_string(text.size()) + ' ';
  return text.substr(0, size);
}

LAB_TEST(Echo, WhatComesGoesBack, "echo") {
  Kernel kernel;
  Client& alice = kernel.connected("alice", Mode::blocking);
  alice.sends("hello").receives("hello").finishes().sees_end();
  serve(kernel, alice);
}

LAB_TEST(Echo, OneMessageAfterTheOther, "echo") {
  Kernel kernel;
  Client& alice = kernel.connected("alice", Mode::blocking);
  for (const char* word : {"one", "two", "three"}) alice.sends(word).receives(word);
  alice.finishes().sees_end();
  serve(kernel, alice);
}

LAB_TEST(Echo, AnyByte, "bytes-not-strings") {
  Kernel kernel;
  Client& alice = kernel.connected("alice", Mode::blocking);
  alice.sends(every_byte()).receives(every_byte()).finishes().sees_end();
  serve(kernel, alice);
}

LAB_TEST(Echo, ShortAfterLong, "bytes-not-strings") {
  Kernel kernel;
  Client& alice = kernel.connected("alice", Mode::blocking);
  alice.sends("a long message").receives("a long message").sends("hi").receives("hi");
  alice.finishes().sees_end();
  serve(kernel, alice);
}

LAB_TEST(Echo, MoreThanABufferHolds, "echo") {
  Kernel kernel;
  Client& alice = kernel.connected("alice", Mode::blocking);
  const std::string text = text_of_size(300'000);
  alice.sends(text).receives(text).finishes().sees_end();
  serve(kernel, alice);
}

LAB_TEST(ShortWrites, EveryByteIsSent, "short-writes") {
  Kernel kernel;
  kernel.send_buffer(5);
  Client& alice = kernel.connected("alice", Mode::blocking);
  alice.sends("hello, world").receives("hello, world").finishes().sees_end();
  serve(kernel, alice);
}

LAB_TEST(ShortWrites, InTheRightOrder, "short-writes") {
  Kernel kernel;
  kernel.is_capricious();
  Client& alice = kernel.connected("alice", Mode::blocking);
  const std::string text = text_of_size(2000);
  alice.sends_in_pieces(text, 500).receives(text).finishes().sees_end();
  serve(kernel, alice);
}

LAB_TEST(ShortWrites, SendAllSaysThatItIsDone, "short-writes") {
  Kernel kernel;
  kernel.at_most_per_call(3);
  Client& alice = kernel.connected("alice", Mode::blocking);
  bool done = false;
  alice.receives("0123456789");
  kernel.run([&] { done = send_all(alice.descriptor(), bytes_of("0123456789")); });
  expect_that(done, "send_all() returns true: everything was sent", "it returned false");
}

LAB_TEST(ShortWrites, AReaderThatIsSlow, "short-writes") {
  Kernel kernel;
  kernel.send_buffer(10);
  Client& alice = kernel.connected("alice", Mode::blocking);
  const std::string text = text_of_size(100);
  alice.stops_reading().sends(text).waits(5s).reads_again().receives(text).finishes().sees_end();
  serve(kernel, alice);
}

LAB_TEST(Signals, AnInterruptedReceiveGoesOn, "signals") {
  Kernel kernel;
  Client& alice = kernel.connected("alice", Mode::blocking);
  alice.sends("hello").receives("hello");
  alice.does("a signal interrupts the next receive", [&] { kernel.fails("recv", EINTR); });
  alice.sends("again").receives("again").finishes().sees_end();
  serve(kernel, alice);
}

LAB_TEST(Signals, AnInterruptedSendGoesOn, "signals") {
  Kernel kernel;
  Client& alice = kernel.connected("alice", Mode::blocking);
  kernel.fails("send", EINTR, 2);
  alice.sends("hello").receives("hello").finishes().sees_end();
  serve(kernel, alice);
}

LAB_TEST(HalfClose, RepliesStillGoOut, "half-close") {
  Kernel kernel;
  kernel.send_buffer(10);
  Client& alice = kernel.connected("alice", Mode::blocking);
  const std::string text = text_of_size(100);
  alice.sends(text).finishes().receives(text).sees_end();
  serve(kernel, alice);
}

LAB_TEST(HalfClose, WithoutASingleByte, "half-close") {
  Kernel kernel;
  Client& alice = kernel.connected("alice", Mode::blocking);
  alice.finishes().sees_end();
  serve(kernel, alice);
}

LAB_TEST(Reset, EndsTheConnection, "resets") {
  Kernel kernel;
  Client& alice = kernel.connected("alice", Mode::blocking);
  alice.sends("hello").receives("hello").resets();
  serve(kernel, alice);
}

LAB_TEST(Reset, SendAllSaysThatTheClientIsGone, "resets") {
  Kernel kernel;
  Client& alice = kernel.connected("alice", Mode::blocking);
  alice.resets();
  kernel.settle();
  bool done = true;
  kernel.run([&] { done = send_all(alice.descriptor(), bytes_of("hello")); });
  expect_that(!done, "send_all() returns false: the client is gone", "it returned true");
}

LAB_TEST(Reset, WhoIsGoneIsNoReasonToDie, "resets") {
  Kernel kernel;
  kernel.send_buffer(10);
  Client& alice = kernel.connected("alice", Mode::blocking);
  alice.stops_reading().sends("one and two and three").closes();
  serve(kernel, alice);
}

// Runs accept_clients() until nobody comes any more; each client is answered at once, in a row.
struct Accepting {
  std::size_t rests = 0;
  std::size_t served = 0;
  Ending ending = Ending::waiting;
};

Accepting accept_with(
    Kernel& kernel, int listener, const std::function<void()>& rest = [] {}) {
  Accepting seen;
  seen.ending = kernel.run([&] {
    accept_clients(
        listener,
        [&](int connection) {
          ++seen.served;
          expect_that(connection != listener && kernel.is_open(connection),
                      "serve() is called with the descriptor of a new connection",
                      "it is called with " + std::to_string(connection));
          serve_connection(connection);
        },
        [&] {
          ++seen.rests;
          Story::current().step("your program rests");
          kernel.let_pass(10ms);
          rest();
        });
  });
  return seen;
}

LAB_TEST(Accept, OneClientAfterTheOther, "accept") {
  Kernel kernel;
  const int listener = kernel.listener(Mode::blocking);
  for (const char* name : {"alice", "bob", "carol"}) {
    kernel.client(name).sends(name).receives(name).finishes().sees_end();
  }
  const Accepting seen = accept_with(kernel, listener);
  expect_equal("clients that were served", 3U, seen.served);
  expect_that(seen.ending == Ending::waiting, "accept_clients() goes on for ever", "it returned");
  kernel.expect_open(1, "only the listener is open");
}

LAB_TEST(Accept, AClientThatLeftEarlyIsNoReasonToStop, "accept-errors") {
  Kernel kernel;
  const int listener = kernel.listener(Mode::blocking);
  kernel.fails("accept", ECONNABORTED);
  kernel.client("alice").sends("hello").receives("hello").finishes().sees_end();
  expect_equal("rests", 0U, accept_with(kernel, listener).rests);
}

LAB_TEST(Accept, ASignalIsNoReasonToStop, "accept-errors") {
  Kernel kernel;
  const int listener = kernel.listener(Mode::blocking);
  kernel.fails("accept", EINTR);
  kernel.client("alice").sends("hello").receives("hello").finishes().sees_end();
  expect_equal("rests", 0U, accept_with(kernel, listener).rests);
}

LAB_TEST(OutOfDescriptors, RestsAndTriesAgain, "out-of-descriptors") {
  Kernel kernel;
  const int listener = kernel.listener(Mode::blocking);
  kernel.descriptor_limit(1);
  kernel.client("alice").sends("hello").receives("hello").finishes().sees_end();
  std::size_t rests = 0;
  const Accepting seen = accept_with(kernel, listener, [&] {
    if (++rests == 3) kernel.descriptor_limit(2);
  });
  expect_equal("rests", 3U, seen.rests);
  expect_equal("calls of accept()", 5U, kernel.calls("accept"));
}

LAB_TEST(OutOfDescriptors, OutOfMemoryIsTheSame, "out-of-descriptors") {
  Kernel kernel;
  const int listener = kernel.listener(Mode::blocking);
  kernel.fails("accept", ENOBUFS);
  kernel.fails("accept", ENOMEM);
  kernel.fails("accept", ENFILE);
  kernel.client("alice").sends("hello").receives("hello").finishes().sees_end();
  expect_equal("rests", 3U, accept_with(kernel, listener).rests);
}

LAB_TEST(Accept, ReturnsWhenItCannotGoOn, "accept-errors") {
  Kernel kernel;
  const int listener = kernel.listener(Mode::blocking);
  kernel.fails("accept", EINVAL);
  const Accepting seen = accept_with(kernel, listener);
  expect_that(seen.ending == Ending::returned, "accept_clients() returns after EINVAL",
              "it goes on");
}

}  // namespace
}  // namespace lab
