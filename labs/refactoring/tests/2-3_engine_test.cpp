// The engine accepts; each conversation still has a thread.
#include <string>

#include "1-3_threads.hpp"
#include "begin.hpp"
#include "machine/asio/asio_bench.hpp"
#include "machine/story/lab_test.hpp"
#include "machine/wire.hpp"

namespace lab {
namespace {

constexpr std::size_t of_the_engine = 3;  // the listener, an epoll, an eventfd

LAB_TEST(Engine, EachClientHasAThread, "accept-loop") {
  forget_threads();
  AsioBench bench(Protocol::echo);
  for (const char* name : {"alice", "bob", "carol"}) bench.kernel.client(name);
  bench.run(&begin);
  expect_equal("threads that were started", 3U, threads_started());
  forget_threads();
}

LAB_TEST(Engine, ItsThreadConversesWithNobody, "engine-never-waits") {
  forget_threads();
  AsioBench bench(Protocol::echo);
  Client& alice = bench.kernel.client("alice").sends("hello");
  Client& bob = bench.kernel.client("bob").sends("hello, too");
  bench.run(&begin);
  expect_equal("threads that were started", 2U, threads_started());
  for (const Client* client : {&alice, &bob}) {
    expect_that(unread_bytes(client->descriptor()) > 0, "the thread that accepts receives nothing",
                "what " + client->name() + " has sent was received");
  }
  forget_threads();
}

LAB_TEST(Engine, TheThreadOwnsTheConnection, "handing-over") {
  forget_threads();
  AsioBench bench(Protocol::echo);
  Client& alice = bench.kernel.client("alice");
  Client& bob = bench.kernel.client("bob");
  bench.run(&begin);
  expect_that(alice.descriptor() >= 0 && bob.descriptor() >= 0,
              "the connections are still open when the threads begin", "they are closed");
  for (Client* client : {&alice, &bob}) {
    client->sends("hello").receives("hello").finishes().sees_end().sees_close();
  }
  bench.kernel.run(&run_threads);
  bench.kernel.expect_open(of_the_engine, "the connections are closed, once");
}

}  // namespace
}  // namespace lab
