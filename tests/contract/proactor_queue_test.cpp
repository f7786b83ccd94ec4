// What every Proactor promises of its queues and of waiting for them.
#include <cerrno>
#include <chrono>

#include "tests/contract/contract_fixture.hpp"

namespace iolab::proactor {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// More at once than the smallest rings have entries, both going in and coming out.
TEST_P(ProactorContract, LosesNothingWhenQueuesOverflow) {
  constexpr std::size_t many = 200;
  std::vector<std::unique_ptr<Endpoint>> ends;
  for (std::size_t i = 0; i < many; ++i) ends.push_back(make_endpoint(64));
  for (int round = 1; round <= 3; ++round) {
    for (const auto& end : ends) end->submit_receive();
    for (const auto& end : ends) end->submit_send("to the peer");
    for (const auto& end : ends) end->peer_sends("from the peer");
    const auto calls = [&] {
      std::size_t sum = 0;
      for (const auto& end : ends) sum += end->receive_done.calls + end->send_done.calls;
      return sum;
    };
    run_until([&] { return calls() == 2 * many * round; });
    for (const auto& end : ends) {
      ASSERT_EQ(end->received(), "from the peer");
      ASSERT_EQ(end->peer_receives(), "to the peer");
    }
  }
}

TEST_P(ProactorContract, CancelsEverythingWhenQueuesOverflow) {
  constexpr std::size_t many = 200;
  std::vector<std::unique_ptr<Endpoint>> ends;
  for (std::size_t i = 0; i < many; ++i) ends.push_back(make_endpoint(64));
  for (const auto& end : ends) {
    end->submit_receive();
    proactor_->cancel(end->receive);
  }
  for (const auto& end : ends) {
    run_until([&] { return !end->receive.in_flight; });
    EXPECT_EQ(end->receive.result.error, ECANCELED);
    EXPECT_EQ(end->receive_done.calls, 1U);
  }
}

TEST_P(ProactorContract, WaitsNoLongerThanTheTimeout) {
  const auto end = make_endpoint();
  end->submit_receive();
  const auto begin = Clock::now();
  proactor_->handle_events(0ms);
  proactor_->handle_events(20ms);
  EXPECT_LT(Clock::now() - begin, 2s);
  proactor_->cancel(end->receive);
  run_until([&] { return !end->receive.in_flight; });
}

TEST_P(ProactorContract, RemembersAWakeUpThatCameBefore) {
  proactor_->wake_up();
  proactor_->handle_events(-1ns);  // would not return if it were not woken
}

}  // namespace
}  // namespace iolab::proactor
