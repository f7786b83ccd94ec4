#include <signal.h>

#include "tests/conformance/fixture.hpp"

namespace iolab::conformance {
namespace {

class Drain : public Conformance {
 protected:
  bool is_refused() {
    try {
      (void)connect();
      return false;
    } catch (const ClientError&) {
      return true;
    }
  }
};

CASE(Drain, EndsIdleConnections, server,
     "it does not end idle connections (FIN) when asked to stop") {
  start_without_canary({"--drain-timeout", "60s"});
  auto clients = connect_many(20);
  for (auto& client : clients) ASSERT_TRUE(echoes(client, message()));
  server().signal(SIGTERM);
  for (auto& client : clients) {
    EXPECT_EQ(client.receive_rest().end, End::finished);
    client.close();
  }
  const Json statistics = wait_until_stopped();
  if (judges(Level::full)) {
    EXPECT_EQ(statistics["closed"]["drained"], 20);
  }
}

CASE(Drain, WithNobodyConnected, server,
     "it does not end in order (status 0) when SIGTERM asks it to") {
  start_without_canary({"--drain-timeout", "60s"});
  const Json statistics = stop();
  if (judges(Level::full)) {
    EXPECT_EQ(statistics["accepted"], 1);
  }
}

CASE(Drain, OnInterruptToo, server, "it does not end in order (status 0) on SIGINT") {
  start_without_canary({"--drain-timeout", "60s"});
  server().signal(SIGINT);
  wait_until_stopped();
}

// While one request keeps the server busy others arrive, and then the signal: it finds them all at
// once. Message 22 is the one, after the first client's and those that the 20 clients begin with.
CASE(Drain, AnswersRequestsThatHaveArrived, full,
     "it drops requests that had arrived when it was asked to stop") {
  start_without_canary({"--drain-timeout", "60s", "--work", "every=22,block=300ms"});
  auto clients = connect_many(20);
  for (auto& client : clients) ASSERT_TRUE(echoes(client, message()));
  Client busy = connect();
  busy.send(message());
  std::this_thread::sleep_for(50ms);
  for (std::uint32_t i = 0; i < clients.size(); ++i) clients[i].send(message(5000, i));
  for (const auto& client : clients) client.wait_until_arrived();
  server().signal(SIGTERM);
  for (std::uint32_t i = 0; i < clients.size(); ++i) {
    const Rest rest = clients[i].receive_rest();
    EXPECT_EQ(rest.end, End::finished);
    EXPECT_TRUE(same_bytes(rest.bytes, message(5000, i))) << "connection " << i;
    clients[i].close();
  }
  EXPECT_TRUE(same_bytes(busy.receive_rest().bytes, message()));
  busy.close();
  wait_until_stopped();
}

CASE(Drain, AnswersManyRequestsOfOnePeer, server,
     "it drops requests that had arrived when it was asked to stop, since its output was full") {
  start_without_canary({"--drain-timeout", "60s", "--output-limit", "4KiB"});
  Client client = connect();
  ASSERT_TRUE(echoes(client, message()));
  server().signal(SIGSTOP);
  const Bytes requests = message_stream(60'000);
  client.send(requests);
  client.wait_until_arrived();
  server().signal(SIGTERM);
  server().signal(SIGCONT);
  const Rest rest = client.receive_rest();
  EXPECT_EQ(rest.end, End::finished);
  EXPECT_TRUE(same_bytes(rest.bytes, requests));
  client.close();
  wait_until_stopped();
}

// What is pending goes out although the peer reads it only after the signal.
CASE(Drain, SendsWhatIsPending, server, "it drops pending replies when asked to stop") {
  start_without_canary({"--drain-timeout", "60s", "--output-limit", "8MiB"});
  Client client = connect();
  const Bytes requests = message_stream(1024 * 1024);
  client.send(requests);
  client.wait_until_arrived();
  server().signal(SIGTERM);
  const Rest rest = client.receive_rest();
  EXPECT_EQ(rest.end, End::finished);
  EXPECT_TRUE(same_bytes(rest.bytes, requests));
  client.close();
  wait_until_stopped();
}

CASE(Drain, AcceptsNobodyAnyMore, server, "it still accepts clients after it was asked to stop") {
  start_without_canary({"--drain-timeout", "60s"});
  Client client = connect();
  ASSERT_TRUE(echoes(client, message()));
  server().signal(SIGTERM);
  EXPECT_EQ(client.receive_rest().end, End::finished);
  EXPECT_TRUE(eventually([&] { return is_refused(); }));
  client.close();
  wait_until_stopped();
}

CASE(Drain, DoesNotWaitForEverForAPeerThatStays, server,
     "it waits for a client that stays for longer than --drain-timeout") {
  NEEDS("--drain-timeout");
  start_without_canary({"--drain-timeout", "400ms"});
  Client client = connect();
  ASSERT_TRUE(echoes(client, message()));
  const auto begin = Clock::now();
  server().signal(SIGTERM);
  const Json statistics = wait_until_stopped();
  if (judges(Level::full)) {
    EXPECT_EQ(statistics["closed"]["drain_timeout"], 1);
  }
  if (Clock::now() - begin < 200ms) {
    mistake_is(
        "it does not wait for its clients when asked to stop: they have --drain-timeout to "
        "take their replies");
    ADD_FAILURE() << "expected it to wait for --drain-timeout; seen: it ended at once";
  }
}

CASE(Drain, DoesNotWaitForEverForAPeerThatNeverReads, server,
     "it waits for a client that never reads for longer than --drain-timeout") {
  NEEDS("--drain-timeout");
  start_without_canary({"--drain-timeout", "400ms"});
  Client client = connect({.receive_buffer = 1});
  const Bytes bytes = message_stream(8 * 1024 * 1024);
  client.send_some(bytes);
  std::this_thread::sleep_for(50ms);
  server().signal(SIGTERM);
  wait_until_stopped();
}

CASE(Drain, CutsATruncatedMessageOff, server,
     "it does not end a connection on which half a message has come when asked to stop") {
  start_without_canary({"--drain-timeout", "60s"});
  Client client = connect();
  const Bytes whole = message(68, 1);
  client.send(whole + Bytes(3));
  ASSERT_TRUE(same_bytes(client.receive(whole.size()), whole));
  client.wait_until_arrived();
  server().signal(SIGTERM);
  const Rest rest = client.receive_rest();
  EXPECT_EQ(rest.end, End::finished);
  EXPECT_TRUE(same_bytes(rest.bytes, is_framed() ? Bytes() : Bytes(3)));
  client.close();
  wait_until_stopped();
}

CASE(Drain, ASecondSignalEndsItAtOnce, full, "a second signal does not end it at once") {
  for (const int second : {SIGTERM, SIGINT}) {
    ServerProcess stubborn(target().command({"--drain-timeout", "60s"}));
    stubborn.wait_until_listening();
    Client client(stubborn.port());
    ASSERT_TRUE(echoes(client, message()));
    stubborn.signal(SIGTERM);
    EXPECT_EQ(client.receive_rest().end, End::finished);  // it has understood the first
    stubborn.signal(second);
    EXPECT_EQ(stubborn.wait(), 128 + second);
  }
}

}  // namespace
}  // namespace iolab::conformance
