#include <signal.h>

#include <random>

#include "tests/conformance/fixture.hpp"

// The canary of each case is the connection that must not notice.
namespace iolab::conformance {
namespace {

class Reset : public Conformance {};

TEST_F(Reset, OfAnIdleConnection) {
  start();
  Client client = connect();
  ASSERT_TRUE(echoes(client, message()));
  client.reset();
}

TEST_F(Reset, BeforeAnythingWasSaid) {
  start();
  connect().reset();
}

TEST_F(Reset, WhileReading) {
  start();
  const Bytes bytes = message(60000);
  for (int i = 0; i < 20; ++i) {
    Client client = connect();
    client.send(ByteView(bytes).first(30000));
    client.reset();
  }
}

TEST_F(Reset, WhileWriting) {
  start({"--output-limit", "1MiB"});
  const Bytes bytes = message_stream(1024 * 1024);
  for (int i = 0; i < 5; ++i) {
    Client client(server().port(), {.receive_buffer = 1});
    client.send(ByteView(bytes).first(client.send_some(bytes) / 2));
    std::this_thread::sleep_for(10ms);
    client.reset();
  }
}

// The server finds a request and, when it replies, a peer that is gone: SIGPIPE kills the careless.
TEST_F(Reset, WriteToAClosedPeer) {
  start();
  for (const bool half_closed_before : {true, false}) {
    Client client = connect();
    ASSERT_TRUE(echoes(client, message()));
    server().signal(SIGSTOP);
    client.send(message());
    if (half_closed_before) client.finish_sending();
    client.wait_until_arrived();
    client.reset();
    server().signal(SIGCONT);
  }
}

TEST_F(Reset, ManyRepliesToAClosedPeer) {
  start({"--work", "every=1,block=2ms"});
  for (int i = 0; i < 5; ++i) {
    Client client = connect();
    for (std::uint32_t n = 0; n < 10; ++n) {
      client.send(message(68, n));
      std::this_thread::sleep_for(1ms);
    }
    client.close();
  }
}

TEST_F(Reset, ManyAtAnyMoment) {
  start();
  std::mt19937 random(7);
  for (int i = 0; i < 300; ++i) {
    Client client = connect();
    const Bytes bytes = message_stream(4 + random() % 100000, static_cast<std::uint32_t>(i));
    client.send_some(bytes);
    if (random() % 2) client.finish_sending();
    Bytes some;
    if (random() % 2) (void)client.receive_some(some);
    if (random() % 4) client.reset();
  }
}

}  // namespace
}  // namespace iolab::conformance
