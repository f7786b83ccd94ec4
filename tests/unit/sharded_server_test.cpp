#include "shared/server/sharded_server.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <system_error>
#include <thread>

#include "shared/net/sockets.hpp"

namespace iolab {
namespace {

using namespace std::chrono_literals;

/// What the workers of one server did.
struct Record {
  std::atomic<int> made{0};
  std::atomic<int> stopped{0};
  std::atomic<int> destroyed{0};
};

class TestedWorker final : public ServerWorker {
 public:
  TestedWorker(Record& record, UniqueHandle listener, bool fails)
      : record_(record),
        listener_(std::move(listener)),
        made_on_(std::this_thread::get_id()),
        fails_(fails) {
    ++record_.made;
  }
  ~TestedWorker() override { ++record_.destroyed; }

  std::string_view engine() const override { return "clockwork"; }
  void run() override {
    EXPECT_EQ(std::this_thread::get_id(), made_on_);
    if (fails_) throw std::runtime_error("the clockwork broke");
    while (!wake_up().wait(10s)) {
    }
    ++record_.stopped;
  }

 private:
  Record& record_;
  UniqueHandle listener_;
  std::thread::id made_on_;
  bool fails_;
};

class ShardedServerTest : public testing::Test {
 protected:
  WorkerFactory factory(int failing = -1) {
    return [this, failing](Service&, UniqueHandle listener) {
      ports_ += local_port(listener.get());
      return std::make_unique<TestedWorker>(record_, std::move(listener), record_.made == failing);
    };
  }

  ServerOptions options_{.threads = 3};
  Record record_;
  std::atomic<int> ports_{0};  // sum of the listeners' ports
};

TEST_F(ShardedServerTest, GivesEachWorkerAListenerOnTheSamePort) {
  ShardedServer server(options_, factory());
  EXPECT_EQ(record_.made, 3);
  EXPECT_EQ(ports_, 3 * server.port());
  EXPECT_EQ(server.engine(), "clockwork");
}

TEST_F(ShardedServerTest, StopsEveryWorker) {
  ShardedServer server(options_, factory());
  std::thread stopper([&] {
    std::this_thread::sleep_for(20ms);
    server.stop();
  });
  server.run();
  stopper.join();
  EXPECT_EQ(record_.stopped, 3);
}

TEST_F(ShardedServerTest, MayBeStoppedBeforeItRuns) {
  ShardedServer server(options_, factory());
  server.stop();
  server.run();
  EXPECT_EQ(record_.stopped, 3);
}

TEST_F(ShardedServerTest, MayBeDestroyedWithoutHavingRun) {
  { const ShardedServer server(options_, factory()); }
  EXPECT_EQ(record_.destroyed, 3);
}

// A server that lost a worker would go on with a part of its clients.
TEST_F(ShardedServerTest, StopsAsAWholeWhenOneWorkerFails) {
  for (const int failing : {0, 2}) {
    record_.made = 0;
    ShardedServer server(options_, factory(failing));
    EXPECT_THROW(server.run(), std::runtime_error);
  }
  EXPECT_EQ(record_.stopped, 4);
}

TEST_F(ShardedServerTest, GivesUpWhenAWorkerCannotBeMade) {
  const WorkerFactory make = factory();
  const auto broken = [&](Service& service, UniqueHandle listener) {
    if (record_.made == 2) throw std::runtime_error("no third one");
    return make(service, std::move(listener));
  };
  EXPECT_THROW(ShardedServer(options_, broken), std::runtime_error);
  EXPECT_EQ(record_.destroyed, 2);
}

TEST_F(ShardedServerTest, DoesNotShareThePortWithAnotherServer) {
  const ShardedServer first(options_, factory());
  options_.port = first.port();
  EXPECT_THROW(ShardedServer(options_, factory()), std::system_error);
}

TEST_F(ShardedServerTest, RefusesAnAddressThatIsNone) {
  options_.bind = "nowhere";
  EXPECT_THROW(ShardedServer(options_, factory()), std::invalid_argument);
}

}  // namespace
}  // namespace iolab
