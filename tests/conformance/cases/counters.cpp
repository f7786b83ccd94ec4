#include "tests/conformance/fixture.hpp"

namespace iolab::conformance {
namespace {

class Counters : public Conformance {};

// Besides the clients of each case there was the one that start_without_canary() tried with.
CASE(Counters, CountEveryByteAndMessage, full,
     "its closing statistics do not count every byte and message") {
  start_without_canary();
  const int rounds = 50;
  {
    auto clients = connect_many(3);
    for (int i = 0; i < rounds; ++i) {
      for (auto& client : clients) ASSERT_TRUE(echoes(client, message(100)));
    }
  }
  const Json statistics = stop();
  EXPECT_EQ(statistics["accepted"], 4);
  EXPECT_EQ(statistics["closed"]["by_peer"], 4);
  EXPECT_EQ(statistics["bytes_received"], 68 + 3 * rounds * 100);
  EXPECT_EQ(statistics["bytes_sent"], 68 + 3 * rounds * 100);
  // For echo a message is what one receive brought.
  EXPECT_EQ(statistics["messages"], 1 + 3 * rounds);
}

CASE(Counters, TellAResetFromAnEnd, full,
     "its closing statistics take a reset for an orderly end") {
  start_without_canary();
  Client client = connect();
  ASSERT_TRUE(echoes(client, message()));
  client.reset();
  const Json statistics = stop();
  EXPECT_EQ(statistics["closed"]["io_error"], 1);
  EXPECT_EQ(statistics["closed"]["by_peer"], 1);
}

CASE(Counters, CountManyMessagesOfOneWrite, full,
     "its closing statistics do not count each of many messages that came together") {
  if (!is_framed()) return start();
  start_without_canary();
  Client client = connect();
  Bytes bytes;
  for (std::uint32_t i = 0; i < 500; ++i) bytes = std::move(bytes) + message(10 + i % 50, i);
  ASSERT_TRUE(same_bytes(client.exchange(bytes), bytes));
  client.close();
  EXPECT_EQ(stop()["messages"], 501);
}

CASE(Counters, HaveEveryKey, full, "its closing statistics lack a key") {
  start_without_canary();
  const Json statistics = stop();
  for (const char* key : {"event", "server", "accepted", "shed", "accept_paused", "closed",
                          "bytes_received", "bytes_sent", "messages"}) {
    EXPECT_TRUE(statistics.contains(key)) << key;
  }
  for (const char* reason :
       {"by_peer", "idle_timeout", "protocol_error", "io_error", "drained", "drain_timeout"}) {
    EXPECT_TRUE(statistics["closed"].contains(reason)) << reason;
  }
  EXPECT_EQ(statistics["server"], server().banner()["server"]);
}

}  // namespace
}  // namespace iolab::conformance
