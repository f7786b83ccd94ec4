#include "tests/conformance/fixture.hpp"

namespace iolab::conformance {
namespace {

class Threads : public Conformance {
 protected:
  void expect_all_served() {
    EXPECT_EQ(server().banner()["threads"], 2);
    EXPECT_GE(threads(pid()), 2U);
    auto clients = connect_many(60);
    for (std::uint32_t round = 0; round < 20; ++round) {
      for (auto& client : clients) client.send(message(200, round));
      for (auto& client : clients) {
        ASSERT_TRUE(same_bytes(client.receive(200), message(200, round)));
      }
    }
  }

  /// Peers that come, speak and leave in every way while others are served.
  void churn() {
    for (std::uint32_t i = 0; i < 300; ++i) {
      Client client = connect();
      const Bytes bytes = message_stream(1000 + i * 50, i);
      if (i % 3 == 0) {
        ASSERT_TRUE(same_bytes(client.exchange(bytes), bytes));
      } else {
        client.send_some(bytes);
        if (i % 3 == 1) client.reset();
      }
    }
  }

  void expect_drains() {
    auto clients = connect_many(20);
    for (auto& client : clients) ASSERT_TRUE(echoes(client, message()));
    release_canary();
    server().signal(SIGTERM);
    for (auto& client : clients) {
      EXPECT_EQ(client.receive_rest().end, End::finished);
      client.close();
    }
    EXPECT_EQ(wait_until_stopped()["closed"]["drain_timeout"], 0);
  }

  static Words two(const char* dispatch) {
    return {"--threads", "2", "--dispatch", dispatch, "--drain-timeout", "60s"};
  }
};

CASE(Threads, TwoShards, full,
     "two threads, each with an engine of its own, do not serve all clients") {
  start(two("sharded"));
  expect_all_served();
}

CASE(Threads, TwoShardsChurn, full, "two threads do not survive clients that come and go") {
  start(two("sharded"));
  churn();
}

CASE(Threads, TwoShardsDrain, full, "two threads do not drain") {
  start(two("sharded"));
  expect_drains();
}

// Listeners that may share a port would share it with another server too, and half of the clients
// would talk to the wrong one.
CASE(Threads, PortInUseByASimilarServer, full,
     "two servers share a port, and half of the clients talk to the wrong one") {
  start(two("sharded"));
  ServerProcess second(
      target().command({"--threads", "2", "--port", std::to_string(server().port())}));
  EXPECT_EQ(second.wait(), 1);
  EXPECT_NE(second.standard_error(), "");
}

// What a server cannot do it refuses.
CASE(Threads, TwoSharingOneEngine, full,
     "two threads that share an engine do not serve all clients, or are not refused") {
  if (target().offers_shared) {
    start(two("shared"));
    expect_all_served();
  } else {
    ServerProcess process(target().command(two("shared")));
    EXPECT_EQ(process.wait(), 2);
    EXPECT_NE(process.standard_error().find("--dispatch sharded"), std::string::npos);
  }
}

}  // namespace
}  // namespace iolab::conformance
