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

TEST_F(Drain, EndsIdleConnections) {
  start_without_canary({"--drain-timeout", "60s"});
  auto clients = connect_many(20);
  for (auto& client : clients) ASSERT_TRUE(echoes(client, message()));
  server().signal(SIGTERM);
  for (auto& client : clients) {
    EXPECT_EQ(client.receive_rest().end, End::finished);
    client.close();
  }
  EXPECT_EQ(wait_until_stopped()["closed"]["drained"], 20);
}

TEST_F(Drain, WithNobodyConnected) {
  start_without_canary({"--drain-timeout", "60s"});
  const Json statistics = stop();
  EXPECT_EQ(statistics["accepted"], 1);
}

TEST_F(Drain, OnInterruptToo) {
  start_without_canary({"--drain-timeout", "60s"});
  server().signal(SIGINT);
  wait_until_stopped();
}

// While one request keeps the server busy others arrive, and then the signal: it finds them all at
// once. Message 22 is the one, after the first client's and those that the 20 clients begin with.
TEST_F(Drain, AnswersRequestsThatHaveArrived) {
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

TEST_F(Drain, AnswersManyRequestsOfOnePeer) {
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
TEST_F(Drain, SendsWhatIsPending) {
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

TEST_F(Drain, AcceptsNobodyAnyMore) {
  start_without_canary({"--drain-timeout", "60s"});
  Client client = connect();
  ASSERT_TRUE(echoes(client, message()));
  server().signal(SIGTERM);
  EXPECT_EQ(client.receive_rest().end, End::finished);
  EXPECT_TRUE(eventually([&] { return is_refused(); }));
  client.close();
  wait_until_stopped();
}

TEST_F(Drain, DoesNotWaitForEverForAPeerThatStays) {
  start_without_canary({"--drain-timeout", "400ms"});
  Client client = connect();
  ASSERT_TRUE(echoes(client, message()));
  const auto begin = Clock::now();
  server().signal(SIGTERM);
  EXPECT_EQ(wait_until_stopped()["closed"]["drain_timeout"], 1);
  EXPECT_GE(Clock::now() - begin, 200ms);  // it did wait
}

TEST_F(Drain, DoesNotWaitForEverForAPeerThatNeverReads) {
  start_without_canary({"--drain-timeout", "400ms"});
  Client client(server().port(), {.receive_buffer = 1});
  const Bytes bytes = message_stream(8 * 1024 * 1024);
  client.send_some(bytes);
  std::this_thread::sleep_for(50ms);
  server().signal(SIGTERM);
  wait_until_stopped();
}

TEST_F(Drain, CutsATruncatedMessageOff) {
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

TEST_F(Drain, ASecondSignalEndsItAtOnce) {
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
