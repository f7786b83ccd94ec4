#include "tests/conformance/fixture.hpp"

namespace iolab::conformance {
namespace {

class HalfClose : public Conformance {};

CASE(HalfClose, WithNothingSaid, wire,
     "it does not close its side when the client has finished sending (a read of 0 bytes)") {
  start();
  Client client = connect();
  client.finish_sending();
  const Rest rest = receive_rest_after_finishing(client);
  EXPECT_EQ(rest.end, End::finished);
  EXPECT_TRUE(rest.bytes.empty());
}

CASE(HalfClose, RightBehindAMessage, wire,
     "it loses the reply when the client finishes right behind its message: send first, then "
     "close") {
  start();
  for (std::uint32_t i = 0; i < 20; ++i) {
    Client client = connect();
    client.send_and_finish(message(68, i));
    const Rest rest = receive_rest_after_finishing(client);
    ASSERT_EQ(rest.end, End::finished);
    ASSERT_TRUE(same_bytes(rest.bytes, message(68, i)));
  }
}

// Several mebibytes more than the system holds for the server, so that it holds them itself when
// it hears of the end.
CASE(HalfClose, WithMebibytesPending, wire,
     "it drops replies that are still pending when the client finishes sending: send them, then "
     "close") {
  start({"--output-limit", "16MiB"});
  Client client = connect({.receive_buffer = 64 * 1024});
  const Bytes bytes = message_stream(12 * 1024 * 1024);
  std::size_t sent = client.send_until_stuck(bytes);
  Bytes received;
  Progress progress;
  while (sent < bytes.size()) {  // to a server that does not read while it writes
    sent += client.send_some(ByteView(bytes).subspan(sent));
    ASSERT_EQ(client.receive_some(received), End::open);
    ASSERT_FALSE(progress.stopped(sent + received.size())) << "the server is stuck";
  }
  client.finish_sending();
  std::this_thread::sleep_for(100ms);
  const Rest rest = receive_rest_after_finishing(client);
  EXPECT_EQ(rest.end, End::finished);
  EXPECT_TRUE(same_bytes(received + rest.bytes, bytes));
}

CASE(HalfClose, CountsAsClosedByThePeer, full,
     "it does not count a client that finished as closed by the peer") {
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
