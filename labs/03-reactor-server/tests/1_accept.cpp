#include <cerrno>

#include "bench.hpp"

namespace lab {
namespace {

LAB_TEST(Accept, TakesAClient, "accept") {
  Bench bench;
  Client& alice = bench.kernel.client("alice");
  alice.waits_until("the server has accepted her", [&] { return alice.descriptor() >= 0; });
  bench.run();
  expect_that(bench.kernel.is_non_blocking(alice.descriptor()),
              "the accepted socket is non-blocking: one client must not hold up the others",
              "it is blocking");
}

LAB_TEST(Accept, TakesEverybodyWhoWaits, "accept") {
  Bench bench;
  for (int i = 0; i < 20; ++i) {
    Client& client = bench.kernel.client("client " + std::to_string(i));
    client.waits_until("the server has accepted it", [&] { return client.descriptor() >= 0; });
  }
  bench.run();
}

LAB_TEST(Accept, AnAbortedConnectionIsNoReasonToStop, "accept-errors") {
  for (const int error : {ECONNABORTED, EINTR, EPROTO}) {
    Bench bench;
    bench.kernel.fails("accept", error);
    Client& alice = bench.kernel.client("alice");
    alice.waits_until("the server has accepted her", [&] { return alice.descriptor() >= 0; });
    alice.does("", [&] {
      expect_that(error == EPROTO || bench.kernel.now() == 0ns, "the next client is taken at once",
                  "it had to wait for the next tick");
    });
    bench.run();
  }
}

LAB_TEST(Echo, BytesComeBack, "echo") {
  Bench bench;
  bench.kernel.client("alice").sends("hello").receives("hello");
  bench.run();
}

LAB_TEST(Echo, EverybodyGetsTheirOwn, "echo") {
  Bench bench;
  bench.kernel.is_capricious();
  for (int i = 0; i < 10; ++i) {
    const std::string name = "client " + std::to_string(i);
    bench.kernel.client(name).sends_in_pieces("I am " + name, 4).receives("I am " + name);
  }
  bench.run();
}

LAB_TEST(Echo, MoreThanOneReadBringsAll, "echo") {
  Bench bench;
  bench.options.read_size = 16;
  const std::string bytes = some_bytes(1000);
  bench.kernel.client("alice").sends(bytes).receives(bytes);
  bench.run();
}

// What a message may cost: every system call that is saved here is saved a million times.
LAB_TEST(Echo, AMessageCostsOneReceiveAndOneSend, "cost") {
  constexpr std::size_t messages = 100;
  Bench bench;
  Client& alice = bench.kernel.client("alice");
  for (std::size_t i = 0; i < messages; ++i) alice.sends("hello").receives("hello");
  bench.run();
  expect_equal("calls of recv() for 100 messages, one after the other", messages,
               bench.kernel.calls("recv"));
  expect_equal("calls of send() for them", messages, bench.kernel.calls("send"));
  expect_equal("changes of interest for them", std::size_t{0}, bench.reactor.changes());
}

LAB_TEST(Echo, TheServerClosesWhatIsLeft, "lifetime") {
  Bench bench;
  bench.kernel.client("alice").sends("a").receives("a");
  bench.kernel.client("bob");
  bench.run();
  bench.end();
}

}  // namespace
}  // namespace lab
