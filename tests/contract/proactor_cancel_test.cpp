// What every Proactor promises of an early end.
#include <cerrno>

#include "tests/contract/contract_fixture.hpp"

namespace iolab::proactor {
namespace {

using namespace std::chrono_literals;

TEST_P(ProactorContract, NeverCallsAHandlerInsideCancel) {
  const auto end = make_endpoint();
  end->submit_receive();
  run_idle();
  proactor_->cancel(end->receive);
  EXPECT_EQ(end->receive_done.calls, 0U);
  run_until([&] { return end->receive_done.calls > 0; });
}

TEST_P(ProactorContract, CancelsAReceiveThatWaits) {
  const auto end = make_endpoint();
  end->submit_receive();
  run_idle();
  proactor_->cancel(end->receive);
  run_until([&] { return end->receive_done.calls > 0; });
  EXPECT_EQ(end->receive.result.error, ECANCELED);
  EXPECT_EQ(end->receive.result.bytes, 0U);
  run_idle();
  EXPECT_EQ(end->receive_done.calls, 1U);
}

TEST_P(ProactorContract, CancelsASendThatWaits) {
  const auto end = make_endpoint();
  const std::string text(1024 * 1024, 'm');
  end->send_done.then = [&](AsyncOperation& send) {
    if (send.result.error == 0) end->submit_send(text);
  };
  end->submit_send(text);
  run_idle();  // the peer does not receive, so in the end one waits
  ASSERT_TRUE(end->send.in_flight);
  proactor_->cancel(end->send);
  run_until([&] { return !end->send.in_flight || end->send.result.error != 0; });
  if (end->send.in_flight) proactor_->cancel(end->send);
  run_until([&] { return !end->send.in_flight; });
  EXPECT_EQ(end->send.result.error, ECANCELED);
}

TEST_P(ProactorContract, CancelsTheOneOperationOnly) {
  const auto end = make_endpoint();
  const auto other = make_endpoint();
  end->submit_receive();
  other->submit_receive();
  run_idle();
  proactor_->cancel(end->receive);
  run_until([&] { return end->receive_done.calls > 0; });
  run_idle();
  EXPECT_EQ(other->receive_done.calls, 0U);
  other->peer_sends("still here");
  run_until([&] { return other->receive_done.calls > 0; });
  EXPECT_EQ(other->received(), "still here");
}

TEST_P(ProactorContract, CancelsNothingThatIsNotInFlight) {
  const auto end = make_endpoint();
  proactor_->cancel(end->receive);
  run_idle();
  EXPECT_EQ(end->receive_done.calls, 0U);
  end->peer_sends("all the same");
  end->submit_receive();
  run_until([&] { return end->receive_done.calls > 0; });
  EXPECT_EQ(end->received(), "all the same");
}

// The cancel races the data: whoever wins, no byte is lost and the handler is called once.
TEST_P(ProactorContract, LosesNoByteToACancel) {
  const auto end = make_endpoint();
  std::string received;
  for (std::size_t round = 1; round <= 50; ++round) {
    end->submit_receive();
    if (round % 2 == 0) proactor_->handle_events(0ms);
    end->peer_sends("ab");
    if (round % 3 == 0) proactor_->handle_events(0ms);
    proactor_->cancel(end->receive);
    run_until([&] { return end->receive_done.calls == round; });
    received += end->received();
  }
  while (received.size() < 100) {
    end->submit_receive();
    run_until([&] { return !end->receive.in_flight; });
    ASSERT_GT(end->receive.result.bytes, 0U);
    received += end->received();
  }
  EXPECT_EQ(received.size(), 100U);
}

}  // namespace
}  // namespace iolab::proactor
