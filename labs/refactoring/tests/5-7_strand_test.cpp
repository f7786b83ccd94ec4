// Handlers run on several threads, in an order that the seed decides. The
// thread sanitizer reports what only luck has kept apart.
#include <algorithm>
#include <string>
#include <vector>

#include "machine/story/lab_test.hpp"
#include "machine/threads/racing_bench.hpp"
#include "machine/wire.hpp"
#include "pool_server.hpp"

namespace lab {
namespace {

/// A racing bench with the student's server, whose acceptor has a strand.
class Pool {
 public:
  RacingBench racing;
  Kernel& kernel = racing.kernel;

  Ending run() {
    return racing.run([this](tcp::acceptor& acceptor) {
      const asio::any_io_executor engine = acceptor.get_executor();
      acceptor = tcp::acceptor(asio::make_strand(engine), tcp::v4(), acceptor.release());
      acceptor_ = &acceptor;
      asio::post(acceptor.get_executor(),
                 [this, engine] { serve(engine, *acceptor_, racing.options); });
    });
  }

  /// In a step of a client.
  void stop() {
    racing.post([this] { asio::post(acceptor_->get_executor(), [this] { acceptor_->close(); }); });
  }

  void end() { racing.end(); }

 private:
  tcp::acceptor* acceptor_ = nullptr;  // the bench's
};

LAB_TEST(Strand, ManyClientsComeAndGo, "strand") {
  Pool pool;
  for (const char* name : {"alice", "bob", "carol", "dave"}) {
    const std::string bytes = some_bytes(3000);
    pool.kernel.client(name).sends_in_pieces(bytes, 700).receives(bytes).finishes().sees_close();
  }
  pool.run();
  pool.end();
}

LAB_TEST(Strand, ConnectionsDoNotWaitForEachOther, "strand") {
  Pool pool;
  for (const char* name : {"alice", "bob", "carol", "dave"}) {
    Client& client = pool.kernel.client(name);
    for (int i = 0; i < 10; ++i) client.sends("hello").receives("hello").waits(10ms);
    client.finishes().sees_close();
  }
  pool.run();
  const std::size_t most = pool.racing.handlers_at_once();
  expect_that(most > 1, "handlers of different connections run at the same time",
              "four clients talked, and no two handlers ever did");
  pool.end();
}

// Of so many clients, in the middle of many short turns, so that something of each connection is
// likely to be under way.
void stop_among(std::size_t number) {
  Pool pool;
  pool.racing.options.read_size = 4;
  std::vector<Client*> clients;
  for (std::size_t i = 0; i < number; ++i) {
    clients.push_back(&pool.kernel.client("client " + std::to_string(i + 1)));
  }
  const auto all_are_accepted = [&] {
    return std::ranges::all_of(clients, [](const Client* one) { return one->descriptor() >= 0; });
  };
  for (Client* client : clients) {
    client->waits_until("all are accepted", all_are_accepted).sends(some_bytes(48));
  }
  Client& first = *clients.front();
  first.waits_until("some of the answer has come", [&] { return first.received().size() >= 12; });
  first.does("your server is asked to stop", [&] { pool.stop(); });
  for (Client* client : clients) client->sees_close();
  pool.run();
  pool.end();
}

LAB_TEST(Strand, StoppingIsOneOfItsHandlers, "strand") {
  for (std::size_t number = 3; number <= 15; ++number) stop_among(number);
}

}  // namespace
}  // namespace lab
