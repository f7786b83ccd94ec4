// Accepting by the engine: it goes on, it rests, it ends.
#include <cerrno>

#include "begin.hpp"
#include "machine/asio/asio_bench.hpp"
#include "machine/story/lab_test.hpp"

namespace lab {
namespace {

LAB_TEST(Accept, RestsWithoutDescriptorsAndTriesAgain, "out-of-descriptors") {
  AsioBench bench(Protocol::echo);
  bench.kernel.fails("accept", EMFILE, 5);
  Client& alice = bench.kernel.client("alice");
  alice.waits_until("alice is accepted", [&] { return alice.descriptor() >= 0; }).resets();
  bench.run(&begin);
  expect_that(bench.kernel.now() < 5s, "alice is accepted within 5 s", "it takes longer");
  expect_that(bench.kernel.now() > 50ms, "there is a rest between two tries",
              "five of them take no time");
}

LAB_TEST(Accept, GoesOnAfterAnError, "accept-loop") {
  AsioBench bench(Protocol::echo);
  bench.kernel.fails("accept", ENETDOWN);
  Client& alice = bench.kernel.client("alice");
  alice.waits_until("alice is accepted", [&] { return alice.descriptor() >= 0; }).resets();
  bench.run(&begin);
}

LAB_TEST(Accept, EndsWithTheAcceptor, "end-of-accepting") {
  AsioBench bench(Protocol::echo);
  Client& alice = bench.kernel.client("alice");
  alice.waits_until("alice is accepted", [&] { return alice.descriptor() >= 0; }).resets();
  alice.does("", [&] { bench.close_acceptor(); });
  expect_that(bench.run(&begin) == Ending::returned, "nothing is left to do: run() returns",
              "it waits for more");
}

LAB_TEST(Accept, EndsWhileItRests, "end-of-accepting") {
  AsioBench bench(Protocol::echo);
  bench.kernel.fails("accept", EMFILE, 1000);
  Client& alice = bench.kernel.client("alice");
  alice.waits(1s).does("", [&] { bench.close_acceptor(); });
  expect_that(bench.run(&begin) == Ending::returned, "nothing is left to do: run() returns",
              "it waits for more");
}

}  // namespace
}  // namespace lab
