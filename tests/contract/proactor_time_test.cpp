// The part of the contract that needs real time and threads.
#include <thread>

#include "tests/contract/contract_fixture.hpp"

namespace iolab::proactor {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

TEST_P(ProactorContract, WaitsAsLongAsTheTimeout) {
  run_idle();
  const auto begin = Clock::now();
  proactor_->handle_events(50ms);
  EXPECT_GE(Clock::now() - begin, 45ms);
}

TEST_P(ProactorContract, IsWokenByAnotherThread) {
  for (int round = 0; round < 3; ++round) {
    std::thread other([&] {
      std::this_thread::sleep_for(10ms);
      proactor_->wake_up();
    });
    proactor_->handle_events(-1ns);
    other.join();
  }
}

}  // namespace
}  // namespace iolab::proactor
