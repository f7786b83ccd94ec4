#include "bench.hpp"
#include "machine/story/lab_test.hpp"
#include "machine/threads/unseen.hpp"
#include "machine/wire.hpp"

namespace lab {
namespace {

/// Told by a handler, of whose threads the story is not.
void tell(const std::string& sentence) {
  const Unseen unseen;
  Story::current().milestone(sentence);
}

// For as long as a thread is busy with alice the others are there for everybody else.
LAB_TEST(Slow, WorkForOneStopsNobodyElse, "slow-work") {
  Bench bench;
  bool bob_is_answered = false;
  bench.work = [&](std::span<std::byte> bytes) {
    if (bytes.front() != std::byte{'a'}) return;
    tell("the work on alice's bytes goes on until bob is answered");
    RacingPool::wait_until([&] { return bob_is_answered; });
  };
  bench.kernel.client("alice").sends("a long story").receives("a long story");
  Client& bob = bench.kernel.client("bob").waits(10ms).sends("hello").receives("hello");
  bob.does("", [&] { bob_is_answered = true; });
  bench.run();
  bench.end();
}

// All threads but one are busy.
LAB_TEST(Slow, WorkForManyStopsNobodyElse, "slow-work") {
  Bench bench;
  bool bob_is_answered = false;
  bench.work = [&](std::span<std::byte> bytes) {
    if (bytes.front() == std::byte{'c'}) RacingPool::wait_until([&] { return bob_is_answered; });
  };
  for (Client* client : bench.clients(5)) client->sends("c").receives("c");
  Client& bob = bench.kernel.client("bob").waits(10ms).sends("hello").receives("hello");
  bob.does("", [&] { bob_is_answered = true; });
  bench.run();
  bench.end();
}

LAB_TEST(Slow, AReaderWhoIsSlowHoldsNoThread, "slow-reader") {
  Bench bench;
  bench.kernel.send_buffer(100);
  bool bob_is_answered = false;
  Client& alice = bench.kernel.client("alice").stops_reading().sends(some_bytes(5000));
  alice.waits_until("bob is answered", [&] { return bob_is_answered; });
  alice.reads_again().receives(some_bytes(5000));
  Client& bob = bench.kernel.client("bob").waits(10ms).sends("hello").receives("hello");
  bob.does("", [&] { bob_is_answered = true; });
  bench.run();
  bench.end();
}

}  // namespace
}  // namespace lab
