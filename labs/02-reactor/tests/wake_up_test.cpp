// Reactor::wake_up(), on the epoll demultiplexer and the simulated kernel.
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>
#include <system_error>

#include "machine/kernel/kernel.hpp"
#include "machine/story/lab_test.hpp"
#include "scene.hpp"

namespace lab {
namespace {

std::unique_ptr<Reactor> reactor_on_epoll() {
  return make_reactor(make_epoll_demultiplexer());
}

void wake_up(Reactor& reactor) {
  Story::current().step("wake_up()");
  reactor.wake_up();
}

/// Virtual milliseconds that a turn took.
long turn_ms(Kernel& kernel, Reactor& reactor, std::chrono::milliseconds timeout) {
  const auto before = kernel.now();
  (void)reactor.handle_events(timeout);
  return (kernel.now() - before) / 1ms;
}

LAB_TEST(WakeUp, WhileNobodyWaits, "wake-up") {
  Kernel kernel;
  const auto reactor = reactor_on_epoll();
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 3; ++i) wake_up(*reactor);
    expect_equal("milliseconds that the next turn waits", 0, turn_ms(kernel, *reactor, 1000ms));
    expect_equal("milliseconds that the turn after it waits", 1000,
                 turn_ms(kernel, *reactor, 1000ms));
  }
}

LAB_TEST(WakeUp, WhileTheReactorWaits, "wake-up") {
  Kernel kernel;
  const auto reactor = reactor_on_epoll();
  Client& alice = kernel.connected("alice", Mode::non_blocking);
  alice.waits(50ms).does("calls wake_up(), as another thread would", [&] { reactor->wake_up(); });
  const Ending ending = kernel.run([&] { (void)reactor->handle_events(-1ms); });
  expect_that(ending == Ending::returned, "the turn that waits returns", "it goes on waiting");
  expect_equal("milliseconds that it has waited", 50, kernel.now() / 1ms);
  ::close(alice.descriptor());
}

LAB_TEST(WakeUp, NeverBlocksAndLeavesErrnoAlone, "wake-up-anywhere") {
  Scene scene;
  expect_that(!scene.demultiplexer->own_handles.empty(),
              "the Reactor has a handle of its own that wakes it up, and watches it",
              "it watches none");
  const int own = scene.demultiplexer->own_handles.front();
  expect_that(scene.kernel.is_non_blocking(own), "the Reactor's own handle is non-blocking",
              "it is blocking: once it is full, wake_up() would wait for the Reactor");
  const std::uint64_t nearly_full = 0xffff'ffff'ffff'fffe;
  Story::current().step("so many wake-ups are pending that the eventfd is full");
  expect_equal("bytes written", static_cast<ssize_t>(sizeof nearly_full),
               ::write(own, &nearly_full, sizeof nearly_full));
  errno = EXDEV;
  scene.reactor->wake_up();
  const int after = errno;
  expect_equal("errno after wake_up(), which a signal handler may have called",
               strerrorname_np(EXDEV), std::string(after == 0 ? "0" : strerrorname_np(after)));
}

LAB_TEST(WakeUp, NothingIsLeftOpen, "failures") {
  Kernel kernel;
  {
    const auto reactor = reactor_on_epoll();
    wake_up(*reactor);
  }
  kernel.expect_open(0, "nothing is open after the Reactor's end");
  Story::current().step("now the Reactor cannot be made");
  kernel.fails("epoll_ctl", ENOSPC);
  bool thrown = false;
  try {
    const auto reactor = reactor_on_epoll();
  } catch (const std::system_error&) {
    thrown = true;
  }
  expect_that(thrown, "make_reactor() throws if its own handle cannot be watched",
              "it has thrown nothing");
  kernel.expect_open(0, "nothing is open after making a Reactor has failed");
}

}  // namespace
}  // namespace lab
