// What every Proactor promises of handles: where they come from, how they end, that numbers return.
#include <cerrno>

#include "shared/net/sockets.hpp"
#include "tests/contract/contract_fixture.hpp"

namespace iolab::proactor {
namespace {

using namespace std::chrono_literals;

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

}  // namespace
}  // namespace iolab::proactor
