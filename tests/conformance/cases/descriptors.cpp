#include "tests/conformance/fixture.hpp"

namespace iolab::conformance {
namespace {

class Descriptors : public Conformance {
 protected:
  /// Leaves the server ten descriptors and connects more clients than that. Connecting works all
  /// the same, since the system does it; being served is another matter.
  void exhaust() {
    leave_descriptors(pid(), spare);
    waiting_ = connect_many(3 * spare);
    for (auto& client : waiting_) client.send(message());
    std::this_thread::sleep_for(100ms);
  }

  /// Moves those who have their reply by now from waiting_ to served_. In what order they come is
  /// the server's business: each of its threads accepts from a queue of its own.
  void collect_served() {
    for (auto client = waiting_.begin(); client != waiting_.end();) {
      Bytes reply;
      if (client->receive_some(reply) == End::open && reply.empty()) {
        ++client;
      } else {
        served_.push_back(std::move(*client));
        client = waiting_.erase(client);
      }
    }
  }

  /// Whether one more has its reply within `time`, or all have theirs.
  bool serves_another(std::chrono::nanoseconds time) {
    const std::size_t before = waiting_.size();
    const auto fewer_wait = [&] {
      collect_served();
      return waiting_.size() < before;
    };
    return before == 0 || eventually(fewer_wait, time);
  }

  void let_go() {
    waiting_.clear();
    served_.clear();
  }

  /// The server learns a little later that somebody left and made room.
  Client connect_until_served() {
    std::optional<Client> client;
    EXPECT_TRUE(eventually([&] { return bool(echoes(client.emplace(connect()), message())); }));
    return std::move(*client);
  }

  static constexpr std::size_t spare = 10;
  std::vector<Client> waiting_;
  std::vector<Client> served_;
};

CASE(Descriptors, RunOutWithoutSpinning, server,
     "it burns CPU time when it is out of descriptors: accept() fails again at once, so stop "
     "asking for a while") {
  start();
  exhaust();
  EXPECT_LT(cpu_share(pid(), 500ms), 0.05);
  collect_served();
  const bool all_served = waiting_.empty();
  let_go();
  if (!judges(Level::full)) return;
  const Json statistics = stop();
  // An engine whose connections need no descriptor does not run out.
  if (!all_served) {
    EXPECT_GE(statistics["accept_paused"].get<int>() + statistics["shed"].get<int>(), 1);
  }
}

CASE(Descriptors, RunOutAndOldConnectionsAreServed, server,
     "it does not serve its clients any more when it is out of descriptors") {
  start();
  Client old = connect();
  ASSERT_TRUE(echoes(old, message()));
  exhaust();
  for (std::uint32_t i = 0; i < 20; ++i) ASSERT_TRUE(echoes(old, message(100, i)));
  let_go();
}

CASE(Descriptors, RunOutAndEverybodyIsServedInTheEnd, server,
     "clients that came when it was out of descriptors are never served") {
  start();
  exhaust();
  const auto nobody_waits = [&] {
    collect_served();
    served_.clear();
    return waiting_.empty();
  };
  EXPECT_TRUE(eventually(nobody_waits)) << waiting_.size() << " clients do";
  let_go();
}

// Within a second of a descriptor becoming free. Tried again, as this machine may be busy, and as
// not every client holds a descriptor below the limit: Linux takes the number when a blocking
// accept() begins, so that threads which waited before the limit was lowered have kept higher ones.
CASE(Descriptors, AcceptsAgainSoon, server,
     "it does not accept again soon after a descriptor has become free") {
  start();
  exhaust();
  ASSERT_TRUE(eventually([&] {
    collect_served();
    return served_.size() >= spare;
  }));
  bool soon = false;
  while (!soon && !served_.empty()) {
    served_.pop_back();
    soon = serves_another(1s);
  }
  EXPECT_TRUE(soon);
  let_go();
}

CASE(Descriptors, NoneIsLeftByAStorm, server, "it leaks a descriptor when clients leave or reset") {
  start();
  for (int i = 0; i < 2000; ++i) {
    Client client = connect();
    if (i % 2) client.send_some(message());
    if (i % 4 < 3) client.reset();  // leaves no port waiting on this machine
  }
  expect_no_descriptor_left();
}

CASE(Descriptors, NoneIsLeftByManyAtOnce, server,
     "it leaks descriptors when many clients leave at the same time") {
  start();
  for (int i = 0; i < 3; ++i) {
    auto clients = connect_many(300);
    for (auto& client : clients) client.send(message());
  }
  expect_no_descriptor_left();
}

CASE(Descriptors, ConnectionsBeyondTheMostAreShed, server,
     "it does not keep to --max-connections: one more is closed at once, and later there is room "
     "again") {
  NEEDS("--max-connections");
  start_without_canary({"--max-connections", "5"});
  auto clients = connect_many(4);
  for (auto& client : clients) ASSERT_TRUE(echoes(client, message()));
  Client fifth = connect_until_served();
  EXPECT_NE(connect().receive_rest().end, End::open);
  fifth.close();
  fifth = connect_until_served();
  for (auto& client : clients) EXPECT_TRUE(echoes(client, message()));
  clients.clear();
  fifth.close();
  connect_until_served();
  if (judges(Level::full)) {
    EXPECT_GE(stop()["shed"], 1);
  }
}

}  // namespace
}  // namespace iolab::conformance
