// The epoll demultiplexer by itself, on the simulated kernel.
#include "demultiplexer.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <map>
#include <memory>
#include <system_error>
#include <vector>

#include "machine/kernel/kernel.hpp"
#include "machine/story/lab_test.hpp"
#include "test_handler.hpp"

namespace lab {
namespace {

using std::chrono::milliseconds;

/// What a wait found, as it is told: "alice (read), bob (write)".
std::string found_by(Demultiplexer& demultiplexer, milliseconds timeout) {
  Story::current().step("wait() of " + std::to_string(timeout.count()) + " ms");
  std::map<std::string, std::string> found;  // in the order of their names
  for (const Demultiplexer::Ready& ready : demultiplexer.wait(timeout)) {
    const auto* const handler = dynamic_cast<const TestHandler*>(ready.handler);
    expect_that(handler != nullptr, "a wait reports the handler that was added", "another pointer");
    found[handler->name()] = text(ready.events);
  }
  std::string all;
  for (const auto& [name, events] : found)
    all += (all.empty() ? "" : ", ") + name + " (" + events + ")";
  return all.empty() ? "nothing" : all;
}

void expect_found(Demultiplexer& demultiplexer, const std::string& expected,
                  milliseconds timeout = 100ms) {
  expect_equal("found", expected, found_by(demultiplexer, timeout));
}

/// A connection that was accepted already, with a handler.
struct Connection {
  Connection(Kernel& kernel, const std::string& name)
      : client(kernel.connected(name, Mode::non_blocking)), handler(name, client.descriptor()) {}

  void receive_all() const {
    char bytes[4096];
    (void)::recv(handler.handle(), bytes, sizeof bytes, 0);
  }

  Client& client;
  TestHandler handler;
};

LAB_TEST(Demultiplexer, AReadyHandleIsReported, "demultiplexer") {
  Kernel kernel;
  Connection alice(kernel, "alice");
  const auto demultiplexer = make_epoll_demultiplexer();
  demultiplexer->add(alice.handler.handle(), alice.handler, Events::read);
  expect_found(*demultiplexer, "nothing");
  alice.client.sends("hello");
  expect_found(*demultiplexer, "alice (read)");
}

LAB_TEST(Demultiplexer, OnlyWhatIsOfInterestIsReported, "events") {
  Kernel kernel;
  Connection alice(kernel, "alice");
  Connection bob(kernel, "bob");
  Connection carol(kernel, "carol");
  const auto demultiplexer = make_epoll_demultiplexer();
  demultiplexer->add(alice.handler.handle(), alice.handler, Events::read);
  demultiplexer->add(bob.handler.handle(), bob.handler, Events::write);
  demultiplexer->add(carol.handler.handle(), carol.handler, Events::read_write);
  expect_found(*demultiplexer, "bob (write), carol (write)");
  for (const Connection* const one : {&alice, &bob, &carol}) one->client.sends("hello");
  kernel.settle();
  expect_found(*demultiplexer, "alice (read), bob (write), carol (read and write)");
}

LAB_TEST(Demultiplexer, WhatStaysReadyIsReportedAgain, "level-triggered") {
  Kernel kernel;
  Connection alice(kernel, "alice");
  const auto demultiplexer = make_epoll_demultiplexer();
  demultiplexer->add(alice.handler.handle(), alice.handler, Events::read);
  alice.client.sends("hello");
  expect_found(*demultiplexer, "alice (read)");
  Story::current().step("nobody receives it");
  expect_found(*demultiplexer, "alice (read)");
  char byte = 0;
  (void)::recv(alice.handler.handle(), &byte, 1, 0);
  expect_found(*demultiplexer, "alice (read)");
  alice.receive_all();
  expect_found(*demultiplexer, "nothing");
}

LAB_TEST(Demultiplexer, AChangeReplacesTheInterest, "demultiplexer") {
  Kernel kernel;
  Connection alice(kernel, "alice");
  const int handle = alice.handler.handle();
  const auto demultiplexer = make_epoll_demultiplexer();
  demultiplexer->add(handle, alice.handler, Events::read);
  alice.client.sends("hello");
  kernel.settle();
  demultiplexer->change(handle, alice.handler, Events::write);
  expect_found(*demultiplexer, "alice (write)");
  demultiplexer->change(handle, alice.handler, Events::none);
  expect_found(*demultiplexer, "nothing");
  demultiplexer->change(handle, alice.handler, Events::read);
  expect_found(*demultiplexer, "alice (read)");
}

LAB_TEST(Demultiplexer, WhatWasRemovedIsForgotten, "demultiplexer") {
  Kernel kernel;
  Connection alice(kernel, "alice");
  Connection bob(kernel, "bob");
  const auto demultiplexer = make_epoll_demultiplexer();
  demultiplexer->add(alice.handler.handle(), alice.handler, Events::read);
  demultiplexer->add(bob.handler.handle(), bob.handler, Events::read);
  alice.client.sends("hello");
  bob.client.sends("hello");
  kernel.settle();
  demultiplexer->remove(alice.handler.handle());
  expect_found(*demultiplexer, "bob (read)");
  demultiplexer->add(alice.handler.handle(), alice.handler, Events::read);
  expect_found(*demultiplexer, "alice (read), bob (read)");
}

LAB_TEST(Demultiplexer, ErrorsAndHangUpsAreReadAndWrite, "errors") {
  Kernel kernel;
  Connection alice(kernel, "alice");
  Connection bob(kernel, "bob");
  Connection carol(kernel, "carol");
  const auto demultiplexer = make_epoll_demultiplexer();
  demultiplexer->add(alice.handler.handle(), alice.handler, Events::read);
  demultiplexer->add(bob.handler.handle(), bob.handler, Events::write);
  demultiplexer->add(carol.handler.handle(), carol.handler, Events::read);
  alice.client.resets();
  bob.client.resets();
  carol.client.finishes();
  kernel.settle();
  expect_found(*demultiplexer, "alice (read and write), bob (read and write), carol (read)");
  ::shutdown(carol.handler.handle(), SHUT_WR);  // both directions have ended now
  demultiplexer->remove(alice.handler.handle());
  demultiplexer->remove(bob.handler.handle());
  expect_found(*demultiplexer, "carol (read and write)");
}

LAB_TEST(Demultiplexer, WithoutInterestAHangUpDoesNotSpin, "no-interest") {
  Kernel kernel;
  Connection alice(kernel, "alice");
  const int handle = alice.handler.handle();
  const auto demultiplexer = make_epoll_demultiplexer();
  demultiplexer->add(handle, alice.handler, Events::read);
  demultiplexer->change(handle, alice.handler, Events::none);
  alice.client.resets();
  kernel.settle();
  const auto begin = kernel.now();
  int early = 0;
  for (int i = 0; i < 10; ++i) {
    const auto before = kernel.now();
    (void)demultiplexer->wait(100ms);
    if (kernel.now() - before < 100ms) ++early;
  }
  expect_that(early <= 1 && kernel.now() - begin >= 900ms,
              "of ten waits of 100 ms at most one returns before its time: alice has hung up, but "
              "nobody is interested in her",
              std::to_string(early) + " waits returned early: a loop around them would spin");
  demultiplexer->change(handle, alice.handler, Events::read);
  expect_found(*demultiplexer, "alice (read and write)");
}

LAB_TEST(Demultiplexer, AnInterruptionIsNoError, "interruption") {
  Kernel kernel;
  Connection alice(kernel, "alice");
  const auto demultiplexer = make_epoll_demultiplexer();
  demultiplexer->add(alice.handler.handle(), alice.handler, Events::read);
  alice.client.sends("hello");
  kernel.settle();
  expect_found(*demultiplexer, "alice (read)");
  kernel.fails("epoll_wait", EINTR);
  std::string found;
  try {
    found = found_by(*demultiplexer, 100ms);
  } catch (const std::system_error& failure) {
    found = std::string("an exception: ") + failure.what();
  }
  expect_that(found == "nothing" || found == "alice (read)",
              "a wait that a signal interrupts finds nothing, or goes on waiting", found);
  expect_found(*demultiplexer, "alice (read)");
}

LAB_TEST(Demultiplexer, TheTimeoutIsKept, "timeouts") {
  Kernel kernel;
  Connection alice(kernel, "alice");
  const auto demultiplexer = make_epoll_demultiplexer();
  demultiplexer->add(alice.handler.handle(), alice.handler, Events::read);
  expect_found(*demultiplexer, "nothing", 0ms);
  expect_that(kernel.now() == 0ms, "a wait of 0 ms takes no time", "it took time");
  expect_found(*demultiplexer, "nothing", 1234ms);
  expect_equal("milliseconds that a wait of 1234 ms took", 1234, kernel.now() / 1ms);
  alice.client.waits(3600s).sends("hello");
  expect_found(*demultiplexer, "alice (read)", -1ms);
  alice.receive_all();
  alice.client.waits(3600s).sends("hello again");
  expect_found(*demultiplexer, "alice (read)", -5000ms);
}

LAB_TEST(Demultiplexer, ALongTimeoutIsNotCutOff, "timeouts") {
  Kernel kernel;
  Connection alice(kernel, "alice");
  const auto demultiplexer = make_epoll_demultiplexer();
  demultiplexer->add(alice.handler.handle(), alice.handler, Events::read);
  alice.client.waits(20 * 24h).sends("good morning");
  expect_found(*demultiplexer, "alice (read)", 60 * 24h);
}

LAB_TEST(Demultiplexer, ManyAreReadyAtOnce, "many") {
  Kernel kernel;
  constexpr std::size_t number = 300;
  std::vector<std::unique_ptr<Connection>> connections;
  const auto demultiplexer = make_epoll_demultiplexer();
  for (std::size_t i = 0; i < number; ++i) {
    connections.push_back(std::make_unique<Connection>(kernel, "client " + std::to_string(i)));
    const TestHandler& handler = connections.back()->handler;
    demultiplexer->add(handler.handle(), connections.back()->handler, Events::read);
    connections.back()->client.sends("hello");
  }
  kernel.settle();
  std::map<EventHandler*, int> reported;
  for (std::size_t i = 0; i < number && reported.size() < number; ++i) {
    for (const Demultiplexer::Ready& ready : demultiplexer->wait(100ms)) ++reported[ready.handler];
  }
  expect_equal("handlers out of 300 that were reported sooner or later", number, reported.size());
}

LAB_TEST(Demultiplexer, AFailureIsThrown, "failures") {
  Kernel kernel;
  Connection alice(kernel, "alice");
  {
    const auto demultiplexer = make_epoll_demultiplexer();
    kernel.fails("epoll_ctl", ENOSPC);
    expect_error("add()", ENOSPC,
                 [&] { demultiplexer->add(alice.handler.handle(), alice.handler, Events::read); });
    kernel.fails("epoll_wait", EINVAL);
    expect_error("wait()", EINVAL, [&] { (void)demultiplexer->wait(100ms); });
  }
  kernel.expect_open(1, "only alice's connection is open after the demultiplexer's end");
}

}  // namespace
}  // namespace lab
