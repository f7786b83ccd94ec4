// What every Proactor promises. Linked once for each engine; see CMakeLists.txt.
#include <cerrno>
#include <sstream>

#include "shared/net/sockets.hpp"
#include "tests/contract/contract_fixture.hpp"

namespace iolab {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

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

TEST_P(ProactorContract, NeverCallsAHandlerInsideCancel) {
  const auto end = make_endpoint();
  end->submit_receive();
  run_idle();
  proactor_->cancel(end->receive);
  EXPECT_EQ(end->receive_done.calls, 0U);
  run_until([&] { return end->receive_done.calls > 0; });
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

TEST_P(ProactorContract, AcceptsOneConnectionPerOperation) {
  const UniqueHandle listener = listen_on("127.0.0.1", 0, false);
  proactor_->associate(listener.get());
  Recorder done;
  std::vector<UniqueHandle> accepted;
  AsyncOperation accept(OperationKind::accept, listener.get(), done);
  done.then = [&](AsyncOperation& operation) {
    if (operation.result.error != 0) return;
    accepted.push_back(std::move(operation.result.accepted));
    proactor_->submit(operation);
  };
  proactor_->submit(accept);
  run_idle();
  EXPECT_EQ(done.calls, 0U);
  std::vector<UniqueHandle> peers;
  for (int i = 0; i < 20; ++i) peers.push_back(network_->connect_to(listener.get()));
  run_until([&] { return accepted.size() == peers.size(); });
  EXPECT_TRUE(accept.in_flight);
  proactor_->cancel(accept);
  run_until([&] { return !accept.in_flight; });
  EXPECT_EQ(accept.result.error, ECANCELED);
  EXPECT_FALSE(accept.result.accepted);
  proactor_->dissociate(listener.get());
}

TEST_P(ProactorContract, ServesWhatItAccepted) {
  const UniqueHandle listener = listen_on("127.0.0.1", 0, false);
  proactor_->associate(listener.get());
  Recorder done;
  AsyncOperation accept(OperationKind::accept, listener.get(), done);
  proactor_->submit(accept);
  UniqueHandle peer = network_->connect_to(listener.get());
  run_until([&] { return done.calls == 1; });
  Endpoint end(*proactor_, {std::move(accept.result.accepted), std::move(peer)});
  end.submit_receive();
  run_idle();
  EXPECT_EQ(end.receive_done.calls, 0U);  // "would block" is not a result
  end.peer_sends("hello");
  run_until([&] { return end.receive_done.calls > 0; });
  EXPECT_EQ(end.received(), "hello");
  proactor_->dissociate(listener.get());
}

TEST_P(ProactorContract, TellsConnectionsApartThoughTheSystemReusesHandles) {
  for (int round = 0; round < 20; ++round) {
    const auto end = make_endpoint();
    end->submit_receive();
    proactor_->handle_events(0ms);
    proactor_->cancel(end->receive);
    run_until([&] { return !end->receive.in_flight; });
    ASSERT_EQ(end->receive.result.error, ECANCELED);
    ASSERT_EQ(end->receive_done.calls, 1U);
  }
}

TEST_P(ProactorContract, EndsTheConnectionWhenTheHandleIsClosed) {
  auto end = make_endpoint();
  end->submit_receive();
  run_idle();
  proactor_->cancel(end->receive);
  run_until([&] { return !end->receive.in_flight; });
  const UniqueHandle peer = std::move(end->peer);
  end.reset();
  std::byte byte;
  IoResult result{IoStatus::would_block};
  run_until([&] {
    result = receive(peer.get(), {&byte, 1});
    return result.status != IoStatus::would_block;
  });
  EXPECT_EQ(result.status, IoStatus::end);
}

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
  proactor_->handle_events(-1ns);  // for ever, were it not woken
}

std::vector<std::string> variants() {
  std::vector<std::string> all;
  std::istringstream text(IOLAB_VARIANTS);
  for (std::string variant; std::getline(text, variant, '|');) all.push_back(variant);
  if (all.empty()) all.emplace_back();
  return all;
}

INSTANTIATE_TEST_SUITE_P(Engine, ProactorContract, testing::ValuesIn(variants()));

}  // namespace
}  // namespace iolab
