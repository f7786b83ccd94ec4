#include "tests/conformance/fixture.hpp"

namespace iolab::conformance {
namespace {

class HalfClose : public Conformance {};

TEST_F(HalfClose, WithNothingSaid) {
  start();
  Client client = connect();
  client.finish_sending();
  const Rest rest = client.receive_rest();
  EXPECT_EQ(rest.end, End::finished);
  EXPECT_TRUE(rest.bytes.empty());
}

TEST_F(HalfClose, RightBehindAMessage) {
  start();
  for (std::uint32_t i = 0; i < 50; ++i) {
    Client client = connect();
    client.send(message(68, i));
    client.finish_sending();
    const Rest rest = client.receive_rest();
    ASSERT_EQ(rest.end, End::finished);
    ASSERT_TRUE(same_bytes(rest.bytes, message(68, i)));
  }
}

TEST_F(HalfClose, WithAMebibytePending) {
  start({"--output-limit", "4MiB"});
  Client client(server().port(), {.receive_buffer = 32 * 1024});
  const Bytes bytes = message_stream(1024 * 1024);
  client.send(bytes);
  client.finish_sending();
  std::this_thread::sleep_for(100ms);  // the server gets stuck with its replies
  const Rest rest = client.receive_rest();
  EXPECT_EQ(rest.end, End::finished);
  EXPECT_TRUE(same_bytes(rest.bytes, bytes));
}

TEST_F(HalfClose, CountsAsClosedByThePeer) {
  start();
  Client client = connect();
  client.finish_sending();
  EXPECT_EQ(client.receive_rest().end, End::finished);
  client.close();
  // The probing first client, this one and the canary.
  EXPECT_EQ(stop()["closed"]["by_peer"], 3);
}

}  // namespace
}  // namespace iolab::conformance
