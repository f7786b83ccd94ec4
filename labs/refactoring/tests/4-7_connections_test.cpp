// Many connections on one engine, and no thread of their own.
#include <cerrno>
#include <functional>
#include <string>

#include "begin.hpp"
#include "machine/asio/asio_bench.hpp"
#include "machine/story/lab_test.hpp"
#include "machine/wire.hpp"

namespace lab {

// What steps 1 to 3 were given is not there any more.
void start_thread(std::function<void()>) {
  expect_that(false, "one engine has all connections", "your program starts a thread");
}

namespace {

LAB_TEST(Connections, TwoAtTheSameTime, "connection-object") {
  AsioBench bench(Protocol::framed);
  Client& alice = bench.kernel.client("alice");
  Client& bob = bench.kernel.client("bob");
  alice.sends(frame("one").substr(0, 5));
  bob.waits(1s).sends(frame("two")).receives(frame("two"));
  alice.waits_until("bob has his answer", [&] { return bob.received() == frame("two"); });
  alice.sends(frame("one").substr(5)).receives(frame("one")).finishes().sees_close();
  bob.waits_until("alice has hers", [&] { return alice.received() == frame("one"); });
  bob.finishes().sees_close();
  bench.run(&begin);
  bench.end();
}

LAB_TEST(Connections, WhoSaysNothingStopsNobody, "nobody-waits") {
  AsioBench bench(Protocol::echo);
  Client& alice = bench.kernel.client("alice");
  Client& bob = bench.kernel.client("bob");
  bob.sends("hello").receives("hello").finishes().sees_close();
  alice.waits_until("bob is done", [&] { return bob.done(); }).finishes().sees_close();
  bench.run(&begin);
  bench.end();
}

LAB_TEST(Connections, WhoDoesNotReadStopsNobody, "nobody-waits") {
  AsioBench bench(Protocol::echo);
  bench.kernel.send_buffer(1000);
  const std::string bytes = some_bytes(5000);
  Client& alice = bench.kernel.client("alice").stops_reading().sends(bytes).waits(1s);
  Client& bob = bench.kernel.client("bob").waits(1s);
  bob.sends("hello").receives("hello").finishes().sees_close();
  alice.waits_until("bob is done", [&] { return bob.done(); });
  alice.reads_again().receives(bytes).finishes().sees_close();
  bench.run(&begin);
  bench.end();
}

LAB_TEST(Connections, WhoDoesNotReadIsNotReadFrom, "nobody-waits") {
  AsioBench bench(Protocol::echo);
  bench.kernel.send_buffer(1000);
  bench.options.read_size = 1000;
  const std::string bytes = some_bytes(50'000);
  Client& alice = bench.kernel.client("alice").stops_reading().sends(bytes).waits(1s);
  alice.does("", [&] {
    const std::size_t unread = unread_bytes(alice.descriptor());
    expect_that(unread >= 40'000,
                "while an answer to alice cannot be sent, no more is received from her",
                "of 50,000 bytes " + std::to_string(unread) + " are still in her socket");
  });
  alice.reads_again().receives(bytes).finishes().sees_close();
  bench.run(&begin);
  bench.end();
}

LAB_TEST(Connections, OneMoreIsClosedAtOnce, "most-connections") {
  AsioBench bench(Protocol::echo);
  bench.options.max_connections = 1;
  Client& alice = bench.kernel.client("alice").sends("hello").receives("hello");
  Client& bob = bench.kernel.client("bob").sees_close();
  alice.waits_until("bob is gone", [&] { return bob.done(); }).finishes().sees_close();
  alice.does("", [&] {
    bench.kernel.client("carol").sends("hello").receives("hello").finishes().sees_close();
  });
  bench.run(&begin);
  bench.end();
}

LAB_TEST(Stop, ClosingTheAcceptorEndsEveryConnection, "stop") {
  AsioBench bench(Protocol::echo);
  Client& alice = bench.kernel.client("alice").sends("hello").receives("hello");
  Client& bob = bench.kernel.client("bob").sends("hello").receives("hello");
  alice.waits_until("bob is answered", [&] { return bob.received() == "hello"; });
  alice.does("", [&] { bench.close_acceptor(); }).sees_close();
  bob.sees_close();
  expect_that(bench.run(&begin) == Ending::returned, "nothing is left to do: run() returns",
              "it waits for more");
  bench.end();
}

// Closing the acceptor while the server rests, for lack of descriptors, is no other thing.
LAB_TEST(Stop, AlsoWhileItRests, "stop") {
  AsioBench bench(Protocol::echo);
  Client& alice = bench.kernel.client("alice").sends("hello").receives("hello");
  alice.does("bob comes, and no descriptor is left for him", [&] {
    bench.kernel.fails("accept", EMFILE, 1000);
    bench.kernel.client("bob");
  });
  alice.waits(150ms).does("", [&] { bench.close_acceptor(); }).sees_close();
  expect_that(bench.run(&begin) == Ending::returned, "nothing is left to do: run() returns",
              "it waits for more");
  expect_that(bench.kernel.now() < 10s, "alice is closed within 10 s",
              "it takes " + duration_text(bench.kernel.now()));
  bench.end();
}

LAB_TEST(Stop, AnEngineMayGoWithWhateverItHas, "lifetime") {
  AsioBench bench(Protocol::echo);
  bench.kernel.send_buffer(1000);
  bench.kernel.client("alice").sends("hello").receives("hello");
  bench.kernel.client("bob").stops_reading().sends(some_bytes(5000));
  bench.run(&begin);
  bench.end();
}

}  // namespace
}  // namespace lab
