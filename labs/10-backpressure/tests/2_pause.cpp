#include "bench.hpp"
#include "machine/story/lab_test.hpp"

// Of the address sanitizer.
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();

namespace lab {
namespace {

LAB_TEST(Pause, WhoDoesNotReadIsNoLongerRead, "pause") {
  SmallBench bench;
  Client& alice = bench.kernel.client("alice").stops_reading().sends(some_bytes(5000)).waits(10ms);
  alice.does("", [&] {
    const std::size_t held = bench.held(alice, 5000);
    expect_that(held <= 1000 + 100,
                "the server holds output_limit (1000) and one receive more (100) at most",
                "it holds " + count_of(held, "byte"));
    expect_that(held > 1000, "it reads as long as output_limit (1000) is not exceeded",
                "it holds " + count_of(held, "byte"));
  });
  bench.run();
  bench.end();
}

LAB_TEST(Pause, AlsoWhoSendsLittleAtATime, "pause") {
  SmallBench bench;
  Client& alice = bench.kernel.client("alice").stops_reading();
  for (int i = 0; i < 200; ++i) alice.sends(some_bytes(25)).waits(1ms);
  alice.does("", [&] {
    const std::size_t held = bench.held(alice, 5000);
    expect_that(held <= 1000 + 100,
                "the server holds output_limit (1000) and one receive more (100) at most",
                "it holds " + count_of(held, "byte"));
  });
  bench.run();
  bench.end();
}

LAB_TEST(Pause, MemoryIsOfTheSizeOfWhatWaits, "memory") {
  constexpr std::size_t kib = 1024;
  AsioBench bench(Protocol::echo);
  bench.kernel.send_buffer(1);
  Client& alice = bench.kernel.client("alice").stops_reading().sends("x").waits(1ms);
  std::size_t before = 0;
  alice.does("", [&] { before = __sanitizer_get_current_allocated_bytes(); });
  for (int i = 0; i < 500; ++i) alice.sends("x").waits(1ms);
  alice.does("", [&] {
    const std::size_t now = __sanitizer_get_current_allocated_bytes();
    const std::size_t grown = now > before ? (now - before) / kib : 0;
    expect_that(grown < 1024, "500 bytes that came one by one and wait need 1 MiB at most",
                "memory has grown by " + std::to_string(grown) + " KiB");
  });
  bench.run();
  bench.end();
}

// Nothing is tried as long as nothing can be done.
LAB_TEST(Pause, WhilePausedNothingIsCalled, "quiet") {
  SmallBench bench;
  Client& alice = bench.kernel.client("alice").stops_reading().sends(some_bytes(2000)).waits(10ms);
  std::size_t receives = 0;
  std::size_t waits = 0;
  alice.does("", [&] {
    receives = bench.kernel.calls("recv");
    waits = bench.kernel.calls("epoll_wait");
  });
  for (int i = 0; i < 20; ++i) alice.sends(some_bytes(100)).waits(10ms);
  alice.does("", [&] {
    const std::size_t more = bench.kernel.calls("recv") - receives;
    expect_that(more == 0, "a client that is paused is not received from",
                "there were " + count_of(more, "receive"));
    const std::size_t wakings = bench.kernel.calls("epoll_wait") - waits;
    expect_that(wakings <= 3 * 20, "each of the 20 sends of alice wakes the server once or twice",
                "it called epoll_wait() " + count_of(wakings, "time"));
  });
  bench.run();
  bench.end();
}

LAB_TEST(Pause, OneSlowClientSlowsNobodyElse, "others") {
  SmallBench bench;
  Client& alice = bench.kernel.client("alice").stops_reading().sends(some_bytes(5000)).waits(1s);
  alice.reads_again().receives(some_bytes(5000));
  Client& bob = bench.kernel.client("bob").waits(10ms);
  for (int i = 0; i < 5; ++i) bob.sends(some_bytes(300)).receives(some_bytes(300));
  bob.does("", [&] {
    expect_that(bench.kernel.now() < 1s, "bob is answered while alice does not read",
                "he was answered after " + duration_text(bench.kernel.now()));
  });
  bench.run();
  bench.end();
}

LAB_TEST(Pause, ManySlowClientsHaveALimitEach, "others") {
  SmallBench bench;
  std::vector<Client*> clients;
  for (int i = 0; i < 10; ++i) {
    Client& client = bench.kernel.client("client " + std::to_string(i));
    clients.push_back(&client.stops_reading().sends(some_bytes(5000)).waits(1s));
  }
  clients.back()->does("", [&] {
    for (Client* client : clients) {
      const std::size_t held = bench.held(*client, 5000);
      expect_that(
          held <= 1000 + 100 && held > 1000,
          "of each client more than output_limit (1000) is held, by one receive (100) at most",
          "of " + client->name() + " it is " + count_of(held, "byte"));
    }
  });
  bench.run();
  bench.end();
}

LAB_TEST(Pause, WhoReadsFastDoesNotKeepOthersWaiting, "others") {
  AsioBench bench(Protocol::echo);
  bench.kernel.is_capricious();  // else the first client always acts first
  const std::string much = some_bytes(2'000'000);
  Client& alice = bench.kernel.client("alice").sends(much).receives(much);
  bool alice_is_served = false;
  alice.does("", [&] { alice_is_served = true; });
  bench.kernel.client("bob").sends("hello").receives("hello").does("", [&] {
    expect_that(!alice_is_served, "bob's 5 bytes are answered before alice's 2,000,000",
                "they were answered after them");
  });
  bench.run();
  bench.end();
}

}  // namespace
}  // namespace lab
