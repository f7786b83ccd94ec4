#include "bench.hpp"

#include <algorithm>

namespace lab {

using std::chrono::nanoseconds;

void Bench::run(std::chrono::milliseconds patience) {
  kernel.run([&] {
    const int listener = kernel.listener(Mode::non_blocking);
    server = make_reactor_server(reactor, listener, options);
    expect_that(server != nullptr, "make_reactor_server() returns a server", "it returned null");
    loop(kernel.now() + patience);
  });
}

void Bench::loop(nanoseconds last_tick) {
  for (nanoseconds due = kernel.now(); !server->drained();) {
    // Without a limit later on: the kernel then knows that nothing more will happen.
    const nanoseconds left = due > last_tick ? -1ms : std::max(due - kernel.now(), 0ns);
    reactor.handle_events(std::chrono::ceil<std::chrono::milliseconds>(left));
    if (drains_later_) drain();
    if (kernel.now() < due) continue;
    server->tick(std::chrono::steady_clock::now());
    due = kernel.now() + 100ms;
  }
}

void Bench::at_once(Client& client, const std::function<void()>& adds) {
  client.does("", [this, adds] {
    adds();
    kernel.settle();
  });
}

void Bench::drain() {
  reactor.wake_up();
  drains_later_ = reactor.is_calling();
  if (drains_later_) return;
  Story::current().milestone("your drain() is called");
  server->drain(std::chrono::steady_clock::now());
}

void Bench::end() {
  Story::current().step("your server is destroyed");
  server.reset();
  expect_equal("handlers that are still registered", std::size_t{0}, reactor.handlers());
  kernel.expect_open(0, "every descriptor is closed");
}

void expect_between(const std::string& what, nanoseconds least, nanoseconds most, nanoseconds at) {
  const auto ms = [](nanoseconds time) { return std::to_string(time / 1ms) + " ms"; };
  expect_that(at >= least && at <= most, what + " after " + ms(least) + " to " + ms(most),
              "it happens after " + ms(at));
}

}  // namespace lab
