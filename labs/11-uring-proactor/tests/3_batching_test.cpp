// Many operations, one system call; and a queue that has an end.
#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "bench.hpp"

namespace lab {
namespace {

/// Clients whose receives are submitted, and not yet anything else.
struct Crowd {
  Crowd(Bench& bench, std::size_t number) {
    for (std::size_t i = 0; i < number; ++i) {
      Client& client = bench.connected("client " + std::to_string(i));
      clients.push_back(&client);
      receives.push_back(&bench.receive_from(client));
    }
    for (Job* const receive : receives) receive->submit_receive();
  }

  [[nodiscard]] bool is_served() const {
    return std::ranges::all_of(receives, [](const Job* job) { return job->is_complete(); });
  }

  std::vector<Client*> clients;
  std::vector<Job*> receives;
};

LAB_TEST(Batching, SubmitMakesNoSystemCall, "batching") {
  Bench bench;
  bench.turn();
  const std::size_t before = bench.enters();
  const Crowd crowd(bench, 10);
  expect_equal("calls of io_uring_enter() for 10 operations, before any turn", 0U,
               bench.enters() - before);
}

LAB_TEST(Batching, OneSystemCallForEachTurn, "batching") {
  Bench bench;
  const Crowd crowd(bench, 10);
  bench.turn();
  for (Client* const client : crowd.clients) client->sends("hello");
  bench.kernel.settle();
  for (int round = 0; round < 5; ++round) {
    const std::size_t before = bench.enters();
    bench.turn(10ms);
    expect_equal("calls of io_uring_enter() in one turn", 1U, bench.enters() - before);
    for (Job* const receive : crowd.receives) {
      if (receive->is_complete()) receive->submit_receive();
    }
  }
}

// alice's send waits, and it was submitted first.
LAB_TEST(Batching, NobodyWaitsForTheEntryBefore, "independent") {
  Bench bench;
  bench.kernel.send_buffer(4);
  Client& alice = bench.connected("alice").stops_reading();
  Client& bob = bench.connected("bob").sends("hello");
  bench.kernel.settle();
  Job& send = bench.send_to(alice);
  Job& receive = bench.receive_from(bob);
  send.submit_send("full");
  bench.until_complete(send);
  send.submit_send("more");
  receive.submit_receive();
  bench.until_complete(receive);
  receive.expect_bytes_of("hello");
  expect_that(send.in_flight(), "alice's send waits for room", "it is complete");
}

LAB_TEST(FullQueue, MoreOperationsThanEntries, "full-queue") {
  Bench bench(4);
  const Crowd crowd(bench, 20);
  for (Client* const client : crowd.clients) client->sends("hello");
  bench.kernel.settle();
  bench.until("20 receives complete, with a queue of 4 entries", [&] { return crowd.is_served(); });
  for (const Job* const receive : crowd.receives) receive->expect_bytes_of("hello");
}

LAB_TEST(FullQueue, TheKernelTakesNothingForAWhile, "kernel-busy") {
  Bench bench(4);
  bench.turn();
  Story::current().step("the kernel has no memory for a while");
  bench.kernel.fails("io_uring_enter", EAGAIN, 25);
  const Crowd crowd(bench, 20);
  for (Client* const client : crowd.clients) client->sends("hello");
  for (int i = 0; i < 50 && !crowd.is_served(); ++i) bench.turn(10ms);
  expect_that(crowd.is_served(), "20 receives complete when the kernel has memory again",
              "some do not");
}

// Twelve are complete at once, four have room, and each handler submits again: the kernel takes no
// new entry (EBUSY) before it has got rid of its completions.
LAB_TEST(FullQueue, MoreCompletionsThanRoom, "kernel-busy") {
  Bench bench(2);
  bench.kernel.at_most_per_call(1);
  const Crowd crowd(bench, 12);
  for (Job* const receive : crowd.receives) {
    receive->then = [receive] {
      if (receive->completions() < 3) receive->submit_receive();
    };
  }
  bench.turns();
  for (Client* const client : crowd.clients) client->sends("abc");
  bench.kernel.settle();
  for (int i = 0; i < 50 && !crowd.is_served(); ++i) bench.turn(10ms);
  for (const Job* const receive : crowd.receives) {
    expect_bytes("what " + receive->name() + " has brought in three times", "abc",
                 receive->all_received());
  }
}

LAB_TEST(FullQueue, EveryByteComesBack, "full-queue") {
  Bench bench(2);
  scenes::every_byte_comes_back(bench);
}

}  // namespace
}  // namespace lab
