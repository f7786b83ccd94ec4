#include <algorithm>
#include <random>

#include "tests/conformance/fixture.hpp"

namespace iolab::conformance {
namespace {

class RoundTrip : public Conformance {};

TEST_F(RoundTrip, OneMessage) {
  start();
  Client client = connect();
  EXPECT_TRUE(echoes(client, message()));
}

TEST_F(RoundTrip, TheSmallestMessage) {
  start();
  Client client = connect();
  EXPECT_TRUE(echoes(client, message(is_framed() ? 5 : 1)));
}

TEST_F(RoundTrip, OneAfterAnother) {
  start();
  Client client = connect();
  for (std::uint32_t i = 0; i < 200; ++i) ASSERT_TRUE(echoes(client, message(4 + i, i)));
}

TEST_F(RoundTrip, FiveHundredConnections) {
  start();
  auto clients = connect_many(500);
  for (std::uint32_t i = 0; i < clients.size(); ++i) clients[i].send(message(68, i));
  for (std::uint32_t i = 0; i < clients.size(); ++i) {
    ASSERT_TRUE(same_bytes(clients[i].receive(68), message(68, i))) << "connection " << i;
  }
}

TEST_F(RoundTrip, OneByteAtATime) {
  start();
  Client client = connect();
  const Bytes bytes = message(40) + message(30, 2);
  for (const std::byte byte : bytes) {
    client.send({&byte, 1});
    std::this_thread::sleep_for(1ms);  // each byte travels, and is read, alone
  }
  EXPECT_TRUE(same_bytes(client.receive(bytes.size()), bytes));
}

TEST_F(RoundTrip, AThousandMessagesInOneWrite) {
  start();
  Client client = connect();
  Bytes bytes;
  for (std::uint32_t i = 0; i < 1000; ++i) bytes = std::move(bytes) + message(4 + i % 60, i);
  EXPECT_TRUE(same_bytes(client.exchange(bytes), bytes));
}

TEST_F(RoundTrip, ChunksOfAnySize) {
  start();
  for (const std::uint32_t seed : {1, 2, 3}) {
    std::mt19937 random(seed);
    Client client = connect();
    const Bytes bytes = message_stream(256 * 1024, seed);
    const Bytes reply = client.exchange(bytes, [&] { return 1 + random() % 3000; });
    ASSERT_TRUE(same_bytes(reply, bytes)) << "seed " << seed;
  }
}

// The smallest windows the system allows: every read and write of the server is a short one.
TEST_F(RoundTrip, TinySocketBuffers) {
  start();
  Client client(server().port(), {.send_buffer = 1, .receive_buffer = 1});
  const Bytes bytes = message_stream(128 * 1024);
  EXPECT_TRUE(same_bytes(client.exchange(bytes), bytes));
}

TEST_F(RoundTrip, OneByteReads) {
  start({"--read-size", "1"});
  Client client = connect();
  const Bytes bytes = message_stream(2000);
  EXPECT_TRUE(same_bytes(client.exchange(bytes), bytes));
}

}  // namespace
}  // namespace iolab::conformance
