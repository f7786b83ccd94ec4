#include <algorithm>
#include <random>

#include "tests/conformance/fixture.hpp"

namespace iolab::conformance {
namespace {

class RoundTrip : public Conformance {};

CASE(RoundTrip, OneAfterAnother, wire,
     "it loses or mixes up messages that one client sends one after another") {
  start();
  Client client = connect();
  for (std::uint32_t i = 0; i < 200; ++i) ASSERT_TRUE(echoes(client, message(4 + i, i)));
}

CASE(RoundTrip, FiveHundredConnections, wire, "it does not serve 500 clients at the same time") {
  start();
  auto clients = connect_many(500);
  for (std::uint32_t i = 0; i < clients.size(); ++i) clients[i].send(message(68, i));
  for (std::uint32_t i = 0; i < clients.size(); ++i) {
    ASSERT_TRUE(same_bytes(clients[i].receive(68), message(68, i))) << "connection " << i;
  }
}

CASE(RoundTrip, OneByteAtATime, wire, "it loses bytes that arrive one at a time") {
  start();
  Client client = connect();
  const Bytes bytes = message(40) + message(30, 2);
  for (const std::byte byte : bytes) {
    client.send({&byte, 1});
    std::this_thread::sleep_for(1ms);  // each byte travels, and is read, alone
  }
  EXPECT_TRUE(same_bytes(client.receive(bytes.size()), bytes));
}

CASE(RoundTrip, AThousandMessagesInOneWrite, wire,
     "it loses messages when more are waiting than one read brings: read again until nothing is "
     "left") {
  start();
  Client client = connect();
  Bytes bytes;
  for (std::uint32_t i = 0; i < 1000; ++i) bytes = std::move(bytes) + message(4 + i % 60, i);
  EXPECT_TRUE(same_bytes(client.exchange(bytes), bytes));
}

CASE(RoundTrip, ChunksOfAnySize, wire,
     "it loses or repeats bytes when a read brings a part of a message, or parts of several") {
  start();
  for (const std::uint32_t seed : {1, 2, 3}) {
    std::mt19937 random(seed);
    Client client = connect();
    const Bytes bytes = message_stream(256 * 1024, seed);
    const Bytes reply = client.exchange(bytes, [&] { return 1 + random() % 3000; });
    ASSERT_TRUE(same_bytes(reply, bytes)) << "seed " << seed;
  }
}

// Much more than one read or one buffer of a server holds, and on framed a single frame.
CASE(RoundTrip, ALargeMessage, wire,
     "it loses the rest of a message that is larger than its buffer") {
  start();
  Client client = connect();
  const Bytes bytes = message(200'000);
  EXPECT_TRUE(same_bytes(client.exchange(bytes), bytes));
}

// Reads that grow and replies that are sent from where they were read to, on servers that do that.
CASE(RoundTrip, SomeMebibytesOfLargeMessages, wire,
     "it loses or mixes up bytes of large messages that come one behind the other") {
  start();
  for (const std::size_t size : {64U * 1024, 1024U * 1024}) {
    Client client = connect();
    Bytes bytes;
    for (std::uint32_t i = 0; bytes.size() < std::size_t{4} * 1024 * 1024; ++i) {
      bytes = std::move(bytes) + message(size, i);
    }
    ASSERT_TRUE(same_bytes(client.exchange(bytes), bytes)) << "messages of " << size << " bytes";
    ASSERT_TRUE(echoes(client, message())) << "after messages of " << size << " bytes";
  }
}

// A server may give its large buffers back meanwhile: here it looks every 50 ms.
CASE(RoundTrip, AFlowThatPauses, server,
     "it loses bytes when a client that had sent much pauses and then goes on") {
  start({"--drain-timeout", "400ms"});
  Client client = connect();
  for (std::uint32_t i = 0; i < 3; ++i) {
    const Bytes bytes = message(1024U * 1024, i) + message(1000, i);
    ASSERT_TRUE(same_bytes(client.exchange(bytes), bytes)) << "before pause " << i;
    std::this_thread::sleep_for(200ms);
  }
  EXPECT_TRUE(echoes(client, message()));
}

// More than the socket takes at once.
CASE(RoundTrip, AReaderWhoStartsLate, wire,
     "it loses what a write did not take: send() may take a part, the rest must follow later") {
  start();
  Client client = connect();
  const Bytes bytes = message_stream(std::size_t{12} * 1024 * 1024);
  const std::size_t sent = client.send_until_stuck(bytes);
  const Bytes reply = client.exchange(bytes, sent);
  EXPECT_TRUE(same_bytes(reply, bytes));
}

CASE(RoundTrip, StartsAgainAtOnce, wire, "it cannot be started again at once") {
  launch();
  Client lingering = connect();
  ASSERT_TRUE(echoes(lingering, message()));
  launch_again();
  Client client = connect();
  EXPECT_TRUE(echoes(client, message()));
}

// The smallest windows the system allows: every read and write of the server is a short one.
CASE(RoundTrip, TinySocketBuffers, wire,
     "it loses bytes when reads and writes are short: each may move only a part") {
  start();
  Client client = connect({.send_buffer = 1, .receive_buffer = 1});
  const Bytes bytes = message_stream(128 * 1024);
  EXPECT_TRUE(same_bytes(client.exchange(bytes), bytes));
}

CASE(RoundTrip, OneByteReads, server, "it loses bytes when each read brings one") {
  NEEDS("--read-size");
  start({"--read-size", "1"});
  Client client = connect();
  const Bytes bytes = message_stream(2000);
  EXPECT_TRUE(same_bytes(client.exchange(bytes), bytes));
}

}  // namespace
}  // namespace iolab::conformance
