// What every Proactor promises of completions: each once, later, with its result.
#include <cerrno>

#include "shared/net/sockets.hpp"
#include "tests/contract/contract_fixture.hpp"

namespace iolab::proactor {
namespace {

TEST_P(ProactorContract, ReceivesWhatArrivesLater) {
  const auto end = make_endpoint();
  end->submit_receive();
  run_idle();
  EXPECT_EQ(end->receive_done.calls, 0U);
  EXPECT_TRUE(end->receive.in_flight);
  end->peer_sends("hello");
  run_until([&] { return end->receive_done.calls > 0; });
  EXPECT_EQ(end->receive.result.error, 0);
  EXPECT_EQ(end->received(), "hello");
  EXPECT_FALSE(end->receive.in_flight);
}

TEST_P(ProactorContract, NeverCallsAHandlerInsideSubmit) {
  const auto end = make_endpoint();
  end->peer_sends("here already");
  end->submit_receive();
  end->submit_send("can go at once");
  EXPECT_EQ(end->receive_done.calls + end->send_done.calls, 0U);
  run_until([&] { return end->receive_done.calls == 1 && end->send_done.calls == 1; });
  EXPECT_EQ(end->received(), "here already");
}

TEST_P(ProactorContract, CallsTheHandlerOncePerSubmit) {
  const auto end = make_endpoint();
  end->receive_done.then = [&](AsyncOperation&) {
    if (end->receive_done.calls < 10) end->submit_receive();
  };
  end->submit_receive();
  for (std::size_t i = 1; i <= 10; ++i) {
    end->peer_sends("x");
    run_until([&] { return end->receive_done.calls == i; });
  }
  end->peer_sends("nobody waits for this");
  run_idle();
  EXPECT_EQ(end->receive_done.calls, 10U);
}

TEST_P(ProactorContract, ReceivesNothingAtTheEndOfThePeersStream) {
  const auto end = make_endpoint();
  end->submit_receive();
  run_idle();
  shutdown_send(end->peer.get());
  run_until([&] { return end->receive_done.calls > 0; });
  EXPECT_EQ(end->receive.result.error, 0);
  EXPECT_EQ(end->receive.result.bytes, 0U);
}

TEST_P(ProactorContract, SendsAndMayBeShort) {
  const auto end = make_endpoint();
  const std::string text(4 * 1024 * 1024, 'm');
  std::size_t sent = 0;
  end->send_done.then = [&](AsyncOperation& send) {
    ASSERT_EQ(send.result.error, 0);
    ASSERT_GT(send.result.bytes, 0U);
    sent += send.result.bytes;
    if (sent < text.size()) end->submit_send(std::string_view(text).substr(sent));
  };
  end->submit_send(text);
  std::size_t received = 0;
  run_until([&] {
    for (std::string part = end->peer_receives(); !part.empty(); part = end->peer_receives()) {
      EXPECT_EQ(part.find_first_not_of('m'), std::string::npos);
      received += part.size();
    }
    return received == text.size();
  });
  run_until([&] { return sent == text.size(); });
}

TEST_P(ProactorContract, KeepsAReceiveAndASendInFlightOnOneHandle) {
  const auto end = make_endpoint();
  end->submit_receive();
  run_idle();
  end->submit_send("there");
  run_until([&] { return end->send_done.calls > 0; });
  EXPECT_EQ(end->peer_receives(), "there");
  EXPECT_EQ(end->receive_done.calls, 0U);
  end->peer_sends("back");
  run_until([&] { return end->receive_done.calls > 0; });
  EXPECT_EQ(end->received(), "back");
}

TEST_P(ProactorContract, ReportsALostConnectionAsAValue) {
  const auto end = make_endpoint();
  end->submit_receive();
  run_idle();
  network_->reset(std::move(end->peer));
  run_until([&] { return end->receive_done.calls > 0; });
  EXPECT_EQ(end->receive.result.error, ECONNRESET);
  EXPECT_EQ(end->receive.result.bytes, 0U);
  end->submit_send("into the void");  // a SIGPIPE would end the program
  run_until([&] { return end->send_done.calls > 0; });
  EXPECT_NE(end->send.result.error, 0);
}

TEST_P(ProactorContract, LetsAHandlerDestroyItsOperation) {
  auto end = make_endpoint();
  bool destroyed = false;
  end->receive_done.then = [&](AsyncOperation&) {
    // The function is a member of what it destroys: take what is needed first.
    bool& flag = destroyed;
    auto& owner = end;
    owner.reset();
    flag = true;
  };
  end->submit_receive();
  end->peer_sends("the end");
  run_until([&] { return destroyed; });
  run_idle();
}

}  // namespace
}  // namespace iolab::proactor
