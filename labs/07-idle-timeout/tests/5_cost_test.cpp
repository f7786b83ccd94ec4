#include "bench.hpp"

namespace lab {
namespace {

struct Calls {
  std::size_t epoll_ctl;
  std::size_t epoll_wait;
};

Calls calls_for_messages(int messages, std::chrono::milliseconds idle_timeout) {
  Bench bench;
  bench.options.idle_timeout = idle_timeout;
  Client& alice = bench.kernel.client("alice");
  for (int i = 0; i < messages; ++i) alice.waits(1ms).sends("hello").receives("hello");
  bench.run();
  return {bench.kernel.calls("epoll_ctl"), bench.kernel.calls("epoll_wait")};
}

LAB_TEST(Cost, AMessageCostsNoSystemCallMore, "cost") {
  const Calls without = calls_for_messages(300, 0s);
  const Calls with = calls_for_messages(300, 30s);
  const auto expect_few_more = [](const std::string& call, std::size_t less, std::size_t more) {
    expect_that(more <= less + 20,
                "300 messages cost hardly more calls of " + call +
                    " than without a timeout: " + std::to_string(less),
                std::to_string(more));
  };
  expect_few_more("epoll_ctl", without.epoll_ctl, with.epoll_ctl);
  expect_few_more("epoll_wait", without.epoll_wait, with.epoll_wait);
}

LAB_TEST(Cost, AServerWithNothingToDoSleeps, "cost") {
  Bench bench;
  bench.options.idle_timeout = 600s;
  bench.kernel.client("alice").sends("hello").receives("hello").waits(550s);
  bench.run();
  const std::size_t calls = bench.kernel.calls("epoll_wait");
  expect_that(calls <= 30, "550 s in which nothing happens cost a few calls of epoll_wait",
              std::to_string(calls));
}

}  // namespace
}  // namespace lab
