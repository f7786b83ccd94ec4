#include <signal.h>

#include <random>

#include "tests/conformance/fixture.hpp"

// The canary of each case is the connection that must not notice.
namespace iolab::conformance {
namespace {

class Reset : public Conformance {};

CASE(Reset, OfAnIdleConnection, wire, "it does not survive the reset of an idle connection") {
  start();
  Client client = connect();
  ASSERT_TRUE(echoes(client, message()));
  client.reset();
}

CASE(Reset, BeforeAnythingWasSaid, wire,
     "it does not survive the reset of a connection that has not spoken yet") {
  start();
  connect().reset();
}

CASE(Reset, WhileReading, wire, "it does not survive a reset in the middle of a message") {
  start();
  const Bytes bytes = message(60000);
  for (int i = 0; i < 20; ++i) {
    Client client = connect();
    client.send(ByteView(bytes).first(30000));
    client.reset();
  }
}

CASE(Reset, WhileWriting, wire, "it does not survive a reset while replies are pending") {
  start({"--output-limit", "1MiB"});
  const Bytes bytes = message_stream(1024 * 1024);
  for (int i = 0; i < 5; ++i) {
    Client client = connect({.receive_buffer = 1});
    client.send(ByteView(bytes).first(client.send_some(bytes) / 2));
    std::this_thread::sleep_for(10ms);
    client.reset();
  }
}

// The server finds a request and, when it replies, a peer that is gone: SIGPIPE kills the careless.
CASE(Reset, WriteToAClosedPeer, wire, "it does not survive writing to a client that is gone") {
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

CASE(Reset, ManyRepliesToAClosedPeer, full,
     "it does not survive many replies to a client that is gone") {
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

CASE(Reset, ManyAtAnyMoment, wire, "it does not survive resets at any moment") {
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
