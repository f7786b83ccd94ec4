// What cannot be done now waits, and holds up nothing else.
#include <algorithm>
#include <string>
#include <vector>

#include "machine/proactor/scenes.hpp"

namespace lab::scenes {

void nothing_blocks(ProactorBench& bench) {
  const int listener = bench.kernel.listener(Mode::blocking);
  Client& alice = bench.kernel.connected("alice", Mode::blocking);
  Client& bob = bench.kernel.connected("bob", Mode::blocking).sends("hello");
  for (const int handle : {listener, alice.descriptor(), bob.descriptor()}) bench.associate(handle);
  Job& accept = bench.accept_on(listener);
  Job& from_alice = bench.receive_from(alice);
  Job& from_bob = bench.receive_from(bob);
  from_alice.submit_receive();
  accept.submit_accept();
  from_bob.submit_receive();
  bench.until_complete(from_bob);
  expect_that(from_alice.in_flight(), "alice's receive is still in flight", "it is not");
  expect_that(accept.in_flight(), "the accept is still in flight", "it is not");
  alice.sends("here I am");
  bench.kernel.client("carol");
  bench.until_complete(from_alice);
  bench.until_complete(accept);
}

void a_full_send_buffer_is_waited_for(ProactorBench& bench) {
  bench.kernel.send_buffer(10);
  Client& alice = bench.connected("alice").stops_reading();
  bench.kernel.settle();
  Job& send = bench.send_to(alice);
  send.submit_send("0123456789");
  bench.until_complete(send);
  send.submit_send("more");
  bench.turns();
  expect_that(send.in_flight(), "a send is in flight while there is no room for a byte",
              "it is complete");
  alice.reads_again().receives("0123456789more");
  bench.until_complete(send);
  expect_equal("bytes of the second send", 4U, send.result().bytes);
  bench.kernel.settle();
  expect_that(alice.done(), "alice receives all of it", "she does not");
}

void both_directions_wait_at_once(ProactorBench& bench) {
  bench.kernel.send_buffer(4);
  Client& alice = bench.connected("alice").stops_reading();
  bench.kernel.settle();
  Job& receive = bench.receive_from(alice);
  Job& send = bench.send_to(alice);
  send.submit_send("full");
  bench.until_complete(send);
  receive.submit_receive();
  send.submit_send("more");
  bench.turns();
  expect_that(receive.in_flight() && send.in_flight(), "both wait", "one is complete");
  alice.sends("hello");
  bench.until_complete(receive);
  receive.expect_bytes_of("hello");
  expect_that(send.in_flight(), "the send still waits, as there is no room", "it is complete");
  receive.submit_receive();
  bench.turns();
  alice.reads_again();
  bench.until_complete(send);
  expect_that(receive.in_flight(), "the receive still waits, as nothing has come", "it does not");
  alice.sends("hello again");
  bench.kernel.settle();
  bench.until_complete(receive);
}

void a_short_send_completes_with_what_was_taken(ProactorBench& bench) {
  bench.kernel.send_buffer(10);
  Client& alice = bench.connected("alice").stops_reading();
  bench.kernel.settle();
  Job& send = bench.send_to(alice);
  send.submit_send("hello, world");
  bench.until_complete(send);
  expect_equal("bytes that the socket took of 12", 10U, send.result().bytes);
}

void the_rest_of_a_send_follows_in_order(ProactorBench& bench) {
  bench.kernel.send_buffer(100);
  bench.kernel.is_capricious();
  std::string text;
  for (int i = 0; i < 500; ++i) text += std::to_string(i) + ' ';
  Client& alice = bench.connected("alice").receives(text);
  Job& send = bench.send_to(alice);
  std::size_t sent = 0;
  send.then = [&] {
    expect_that(send.result().bytes > 0, "a send brings at least one byte", "none");
    sent += send.result().bytes;
    if (sent < text.size()) send.submit_send(std::string_view(text).substr(sent));
  };
  send.submit_send(text);
  for (int i = 0; i < 5000 && !alice.done(); ++i) bench.turn(10ms);
  expect_that(alice.done(), "alice receives all of it",
              "she has received " + count_of(alice.received().size(), "byte") + " of " +
                  count_of(text.size(), "byte"));
  bench.until_complete(send);
}

void every_byte_comes_back(ProactorBench& bench) {
  bench.kernel.is_capricious();
  bench.kernel.send_buffer(50);
  struct Echo {
    Client* client;
    Job* receive;
    Job* send;
    std::string pending;
  };
  std::vector<Echo> echoes;
  echoes.reserve(4);
  for (const std::string name : {"alice", "bob", "carol", "dave"}) {
    std::string text;
    for (int i = 0; i < 40; ++i) text += name + std::to_string(i) + ' ';
    Client& client = bench.connected(name).sends_in_pieces(text, 30).receives(text).finishes();
    Echo& echo =
        echoes.emplace_back(Echo{&client, &bench.receive_from(client), &bench.send_to(client), {}});
    echo.receive->then = [&echo] {
      if (echo.receive->received().empty()) return;  // the end
      echo.pending += echo.receive->received();
      if (echo.send->is_complete()) echo.send->submit_send(echo.pending);
      echo.receive->submit_receive();
    };
    echo.send->then = [&echo] {
      echo.pending.erase(0, echo.send->result().bytes);
      if (!echo.pending.empty()) echo.send->submit_send(echo.pending);
    };
    echo.receive->submit_receive();
  }
  const auto all_done = [&] {
    return std::ranges::all_of(echoes, [](const Echo& echo) { return echo.client->done(); });
  };
  for (int i = 0; i < 5000 && !all_done(); ++i) bench.turn(10ms);
  expect_that(all_done(), "every client gets back what it has sent", "one does not");
}

}  // namespace lab::scenes
