#include "bench.hpp"
#include "machine/story/lab_test.hpp"
#include "machine/wire.hpp"

namespace lab {
namespace {

LAB_TEST(Echo, OneClient, "echo") {
  Bench bench;
  bench.kernel.client("alice").sends("hello").receives("hello").sends("again").receives("again");
  bench.run();
  bench.end();
}

LAB_TEST(Echo, HandlersRunOnTheAcceptorsExecutor, "executor") {
  Bench bench;
  bench.kernel.client("alice").sends("hello").receives("hello").does("", [&] {
    const std::size_t handlers = bench.racing.handlers();
    expect_that(
        handlers >= 2,
        "the acceptor's executor, or a strand on it, runs the handlers of the connection as "
        "well as that of the accept",
        "it was given " + std::to_string(handlers));
  });
  bench.run();
}

LAB_TEST(Echo, ManyClients, "echo") {
  Bench bench;
  for (Client* client : bench.clients(30)) {
    client->sends(client->name()).receives(client->name());
    client->sends(client->name()).receives(client->name());
  }
  bench.run();
  bench.end();
}

LAB_TEST(Echo, ReadsOnWhileItWrites, "full-duplex") {
  Bench bench;
  bench.kernel.send_buffer(100);
  const std::string bytes = some_bytes(1000);
  Client& alice = bench.kernel.client("alice").stops_reading().sends(bytes);
  alice.sends(bytes).waits(100ms).sends(bytes).waits(100ms);
  alice.does("", [&] {
    const std::size_t unread = unread_bytes(alice.descriptor());
    expect_that(unread == 0, "what alice sends is read while a reply to her is being written",
                std::to_string(unread) + " bytes wait in the socket");
  });
  alice.reads_again().receives(bytes + bytes + bytes);
  bench.run();
  bench.end();
}

LAB_TEST(Echo, EveryByteOnceAndInOrder, "full-duplex") {
  Bench bench;
  bench.kernel.is_capricious();
  bench.kernel.send_buffer(3000);
  bench.options.read_size = 1000;
  const std::string bytes = some_bytes(30'000);
  bench.kernel.client("alice").sends_in_pieces(bytes, 5000).receives(bytes);
  bench.kernel.client("bob").sends_in_pieces(bytes, 700).receives(bytes);
  bench.run();
  bench.end();
}

LAB_TEST(Echo, NoMoreThanTheLimitWaits, "limit") {
  Bench bench;
  bench.kernel.send_buffer(100);
  bench.options.read_size = 100;
  bench.options.output_limit = 1000;
  const std::string bytes = some_bytes(10'000);
  Client& alice = bench.kernel.client("alice").stops_reading().sends(bytes).waits(100ms);
  alice.does("", [&] {
    const std::size_t taken = bytes.size() - unread_bytes(alice.descriptor());
    expect_that(taken <= 3000,
                "beyond output_limit (1000), what is being written, and one more read (100), "
                "nothing is read",
                "of 10000 bytes the server has taken " + std::to_string(taken));
  });
  alice.reads_again().receives(bytes).sends("hello").receives("hello");
  bench.run();
  bench.end();
}

LAB_TEST(Echo, WhoHasFinishedGetsTheRest, "half-close") {
  Bench bench;
  bench.kernel.send_buffer(1000);
  const std::string bytes = some_bytes(20'000);
  Client& alice = bench.kernel.client("alice").stops_reading().sends(bytes).finishes();
  alice.waits(100ms).reads_again().receives(bytes).sees_close();
  bench.run();
  bench.end();
}

LAB_TEST(Echo, ResetsEndOneConnection, "half-close") {
  Bench bench;
  bench.kernel.send_buffer(1000);
  bench.kernel.client("alice").stops_reading().sends(some_bytes(20'000)).resets();
  bench.kernel.client("bob").sends("hello").receives("hello").waits(10ms).sends("x").receives("x");
  bench.run();
  bench.end();
}

}  // namespace
}  // namespace lab
