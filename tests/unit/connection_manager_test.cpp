#include "shared/server/connection_manager.hpp"

#include <optional>
#include <thread>

#include "tests/unit/chunks.hpp"

namespace iolab {
namespace {

using namespace std::chrono_literals;

/// Remembers what its manager asked of it. It closes at once, as a Reactor's connection does.
class TestedConnection final : public ManagedConnection {
 public:
  explicit TestedConnection(ConnectionManager& manager)
      : ManagedConnection(manager.make_conversation()), manager_(manager) {
    manager.opened(*this);
  }
  void drain() override { ++drained; }
  void close(CloseReason reason) override {
    closed = reason;
    manager_.closed(*this, reason);
  }
  void went_quiet() override {
    ++quiet;
    ManagedConnection::went_quiet();
  }
  void receive(std::string_view text) {
    ChunkPtr chunk = chunk_of(text);
    (void)conversation().received(chunk, text.size());
  }

  int drained = 0;
  int quiet = 0;
  std::optional<CloseReason> closed;

 private:
  ConnectionManager& manager_;
};

class ConnectionManagerTest : public testing::Test {
 protected:
  ServerOptions options_{.idle_timeout = 800ms, .drain_timeout = 400ms, .max_connections = 2};
  Service service_{options_};
  ConnectionManager manager_{service_};

  std::uint64_t closed(CloseReason reason) {
    return service_.statistics.snapshot().closed.at(static_cast<std::size_t>(reason));
  }
  void tick(int times) {
    for (int i = 0; i < times; ++i) manager_.tick();
  }
};

TEST_F(ConnectionManagerTest, TicksOftenEnoughForTheShorterTimeout) {
  EXPECT_EQ(manager_.tick_period(), 50ms);
}

TEST(TickPeriod, IsNeitherTooLongNorTooShort) {
  for (const auto timeout : {0ns, 1ns, std::chrono::nanoseconds::max()}) {
    const ServerOptions options{.idle_timeout = timeout, .drain_timeout = timeout};
    Service service(options);
    const ConnectionManager manager(service);
    EXPECT_GE(manager.tick_period(), 1ms);
    EXPECT_LE(manager.tick_period(), 250ms);
  }
}

TEST_F(ConnectionManagerTest, AdmitsUpToTheMost) {
  EXPECT_TRUE(manager_.admit());
  EXPECT_TRUE(manager_.admit());
  EXPECT_FALSE(manager_.admit());
  EXPECT_EQ(service_.statistics.snapshot().accepted, 3);
  EXPECT_EQ(service_.statistics.snapshot().shed, 1);
}

TEST_F(ConnectionManagerTest, AdmitsAgainWhenSomebodyLeft) {
  ASSERT_TRUE(manager_.admit());
  TestedConnection first(manager_);
  ASSERT_TRUE(manager_.admit());
  ASSERT_FALSE(manager_.admit());
  first.close(CloseReason::by_peer);
  EXPECT_TRUE(manager_.admit());
}

TEST_F(ConnectionManagerTest, ShedsWhatCannotBeServedAfterAll) {
  ASSERT_TRUE(manager_.admit());
  manager_.shed();
  EXPECT_TRUE(manager_.admit());
  EXPECT_TRUE(manager_.admit());
  EXPECT_EQ(service_.statistics.snapshot().shed, 1);
}

TEST_F(ConnectionManagerTest, ClosesWhatIsIdle) {
  TestedConnection idle(manager_);
  tick(16);
  EXPECT_FALSE(idle.closed) << "800 ms at 50 ms a tick";
  tick(1);
  EXPECT_EQ(idle.closed, CloseReason::idle_timeout);
  EXPECT_EQ(closed(CloseReason::idle_timeout), 1);
}

TEST_F(ConnectionManagerTest, SparesWhatMakesProgress) {
  TestedConnection idle(manager_);
  TestedConnection busy(manager_);
  for (int i = 0; i < 20; ++i) {
    tick(1);
    manager_.touched(busy);
    EXPECT_TRUE(manager_.is_current(busy));
  }
  EXPECT_TRUE(idle.closed);
  EXPECT_FALSE(busy.closed);
  busy.close(CloseReason::by_peer);
}

TEST(IdleTimeout, OfZeroMeansNever) {
  const ServerOptions options{.idle_timeout = 0ns};
  Service service(options);
  ConnectionManager manager(service);
  TestedConnection idle(manager);
  for (int i = 0; i < 10'000; ++i) manager.tick();
  EXPECT_FALSE(idle.closed);
  idle.close(CloseReason::by_peer);
}

TEST(IdleTimeout, MayBeVeryLong) {
  const ServerOptions options{.idle_timeout = std::chrono::nanoseconds::max()};
  Service service(options);
  ConnectionManager manager(service);
  TestedConnection idle(manager);
  for (int i = 0; i < 10'000; ++i) manager.tick();
  EXPECT_FALSE(idle.closed);
  idle.close(CloseReason::by_peer);
}

TEST_F(ConnectionManagerTest, TellsOnceWhoWentQuiet) {
  TestedConnection connection(manager_);
  tick(1);
  EXPECT_EQ(connection.quiet, 0);
  tick(1);
  EXPECT_EQ(connection.quiet, 1);
  tick(10);
  EXPECT_EQ(connection.quiet, 1);
  connection.close(CloseReason::by_peer);
}

TEST_F(ConnectionManagerTest, TellsAgainWhoSaidSomethingMeanwhile) {
  TestedConnection connection(manager_);
  tick(5);
  manager_.touched(connection);
  tick(1);
  EXPECT_EQ(connection.quiet, 1);
  tick(1);
  EXPECT_EQ(connection.quiet, 2);
  connection.close(CloseReason::by_peer);
}

TEST_F(ConnectionManagerTest, TellsNobodyWhoIsBusy) {
  TestedConnection busy(manager_);
  TestedConnection idle(manager_);
  for (int i = 0; i < 10; ++i) {
    tick(1);
    manager_.touched(busy);
  }
  EXPECT_EQ(busy.quiet, 0);
  EXPECT_EQ(idle.quiet, 1);
  busy.close(CloseReason::by_peer);
  idle.close(CloseReason::by_peer);
}

TEST(ReadSize, IsTheServersOwn) {
  const ServerOptions options{.read_size = 100, .largest_read = 300};
  Service service(options);
  ConnectionManager manager(service);
  TestedConnection connection(manager);
  EXPECT_EQ(connection.conversation().read_size(), 100);
  connection.receive(std::string(100, 'x'));
  EXPECT_EQ(connection.conversation().read_size(), 300);
  connection.close(CloseReason::by_peer);
}

TEST(ReadSize, DoesNotGrowToLessThanTheFirst) {
  const ServerOptions options{.read_size = 100, .largest_read = 1};
  Service service(options);
  ConnectionManager manager(service);
  TestedConnection connection(manager);
  connection.receive(std::string(100, 'x'));
  EXPECT_EQ(connection.conversation().read_size(), 100);
  connection.close(CloseReason::by_peer);
}

// The pool of a thread that no other test has filled.
TEST_F(ConnectionManagerTest, TrimsThePoolOfItsThread) {
  std::thread([this] {
    constexpr std::size_t much = 4 * ChunkPool::most_idle;
    {
      const ChunkPtr one = chunk_of("", much / 2);
      const ChunkPtr other = chunk_of("", much / 2);
    }
    ASSERT_EQ(ChunkPool::of_this_thread().spare(), much);
    tick(2);
    EXPECT_LE(ChunkPool::of_this_thread().spare(), ChunkPool::most_idle);
  }).join();
}

TEST_F(ConnectionManagerTest, TellsEveryoneToDrain) {
  TestedConnection one(manager_);
  TestedConnection two(manager_);
  EXPECT_FALSE(manager_.draining());
  manager_.drain();
  EXPECT_TRUE(manager_.draining());
  EXPECT_EQ(one.drained, 1);
  EXPECT_EQ(two.drained, 1);
  EXPECT_FALSE(manager_.drained());
  one.close(CloseReason::drained);
  two.close(CloseReason::drained);
  EXPECT_TRUE(manager_.drained());
}

TEST_F(ConnectionManagerTest, IsDrainedAtOnceWithNobodyThere) {
  EXPECT_FALSE(manager_.drained());
  manager_.drain();
  EXPECT_TRUE(manager_.drained());
}

TEST_F(ConnectionManagerTest, DrainsForNoLongerThanItsTimeout) {
  TestedConnection late(manager_);
  manager_.drain();
  tick(8);
  EXPECT_FALSE(late.closed) << "400 ms at 50 ms a tick";
  tick(1);
  EXPECT_EQ(late.closed, CloseReason::drain_timeout);
  EXPECT_TRUE(manager_.drained());
}

TEST_F(ConnectionManagerTest, AddsUpTheTraffic) {
  for (int i = 0; i < 2; ++i) {
    TestedConnection connection(manager_);
    connection.receive("hello");
    connection.conversation().sent(3);
    connection.close(CloseReason::io_error);
  }
  const Statistics::Snapshot counts = service_.statistics.snapshot();
  EXPECT_EQ(counts.traffic.bytes_received, 10);
  EXPECT_EQ(counts.traffic.bytes_sent, 6);
  EXPECT_EQ(counts.traffic.messages, 2);
  EXPECT_EQ(closed(CloseReason::io_error), 2);
}

// However the peer of a broken conversation leaves in the end, it had been broken.
TEST(ProtocolError, IsCountedAsOneHoweverThePeerLeaves) {
  for (const auto reason :
       {CloseReason::by_peer, CloseReason::idle_timeout, CloseReason::io_error}) {
    const ServerOptions options{.protocol = {.protocol = Protocol::framed}};
    Service service(options);
    ConnectionManager manager(service);
    TestedConnection connection(manager);
    connection.receive("\xFF\xFF\xFF\xFF");
    connection.close(reason);
    EXPECT_EQ(service.statistics.snapshot().closed.at(
                  static_cast<std::size_t>(CloseReason::protocol_error)),
              1);
  }
}

}  // namespace
}  // namespace iolab
