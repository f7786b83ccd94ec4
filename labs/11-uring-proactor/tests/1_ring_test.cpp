// The ring itself: made, given back, and waited for.
#include <cerrno>

#include "bench.hpp"

namespace lab {
namespace {

LAB_TEST(Ring, IsMadeAndGivenBack, "ring") {
  Bench bench;
  expect_equal("rings that were set up", 1U, bench.kernel.calls("io_uring_setup"));
  bench.turn();
  bench.finish();
  bench.kernel.expect_open(0, "nothing is open when the Proactor is gone");
}

LAB_TEST(Ring, AnOlderKernelKnowsFewerFlags, "old-kernel") {
  Bench bench(256, [](Kernel& kernel) {
    Story::current().step("the kernel is one of 2022, which knows no flag");
    kernel.knows_setup_flags(0);
  });
  expect_that(bench.kernel.calls("io_uring_setup") > 0, "a ring is set up", "none is");
  bench.turn();
}

LAB_TEST(Ring, ARefusalIsAnException, "refused") {
  Kernel kernel;
  kernel.fails("io_uring_setup", EPERM, 10);
  try {
    const auto proactor = make_uring_proactor(256);
    expect_that(false, "make_uring_proactor() throws where io_uring is forbidden", "it does not");
  } catch (const std::system_error& error) {
    expect_equal("the code of the exception", EPERM, error.code().value());
  }
  kernel.expect_open(0, "nothing is open after a refusal");
}

LAB_TEST(Timeout, IsWaitedForAndNoLonger, "timeout") {
  Bench bench;
  scenes::a_timeout_is_waited_for_and_no_longer(bench);
}

LAB_TEST(Timeout, WhatIsCompleteIsNotWaitedFor, "timeout") {
  Bench bench;
  scenes::what_is_complete_is_not_waited_for(bench);
}

// A signal handler has run: nothing is wrong, and nothing is lost.
LAB_TEST(Timeout, ASignalInterruptsIt, "signal") {
  Bench bench;
  Client& alice = bench.connected("alice");
  Job& receive = bench.receive_from(alice);
  receive.submit_receive();
  bench.turn();
  bench.kernel.fails("io_uring_enter", EINTR, 2);
  bench.turn(50ms);
  bench.turn(50ms);
  alice.sends("still here");
  bench.until_complete(receive);
  receive.expect_bytes_of("still here");
}

}  // namespace
}  // namespace lab
