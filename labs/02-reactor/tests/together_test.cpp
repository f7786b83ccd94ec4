// The Reactor on the epoll demultiplexer, with clients: a small server of the tests' own.
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "machine/kernel/kernel.hpp"
#include "machine/story/lab_test.hpp"
#include "reactor.hpp"
#include "test_handler.hpp"

namespace lab {
namespace {

/// Accepts whoever comes and sends back what comes, for clients that take it at once.
class EchoServer {
 public:
  EchoServer(Reactor& reactor, int listener) : reactor_(reactor), acceptor_(*this, listener) {
    reactor_.register_handler(acceptor_, Events::read);
  }
  ~EchoServer() {
    while (!connections_.empty()) close(connections_.begin()->first);
    reactor_.remove_handler(acceptor_);
    ::close(acceptor_.handle());
  }

  /// Ends the connection of this descriptor, and its handler.
  void close(int descriptor) {
    reactor_.remove_handler(*connections_.at(descriptor));
    connections_.erase(descriptor);
    ::close(descriptor);
  }

 private:
  class Acceptor final : public EventHandler {
   public:
    Acceptor(EchoServer& server, int listener) : server_(server), listener_(listener) {}
    [[nodiscard]] int handle() const override { return listener_; }
    void handle_event(Events) override {
      const int accepted = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
      if (accepted >= 0) server_.open(accepted);
    }

   private:
    EchoServer& server_;
    int listener_;
  };

  class Connection final : public EventHandler {
   public:
    Connection(EchoServer& server, int descriptor) : server_(server), descriptor_(descriptor) {}
    [[nodiscard]] int handle() const override { return descriptor_; }
    void handle_event(Events) override {
      char bytes[4096];
      const ssize_t n = ::recv(descriptor_, bytes, sizeof bytes, 0);
      // "Ready" promises that the next call does not say this.
      expect_that(n >= 0 || errno != EAGAIN, "the handler is called when something has arrived",
                  "its recv() says EAGAIN");
      if (n <= 0) return server_.close(descriptor_);
      send_all({bytes, static_cast<std::size_t>(n)});
    }

   private:
    void send_all(std::string_view bytes) const {
      while (!bytes.empty()) {
        const ssize_t n = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n < 0) return;  // lost: the next event says so
        bytes.remove_prefix(static_cast<std::size_t>(n));
      }
    }

    EchoServer& server_;
    int descriptor_;
  };

  void open(int descriptor) {
    auto& connection = connections_[descriptor];
    connection = std::make_unique<Connection>(*this, descriptor);
    reactor_.register_handler(*connection, Events::read);
  }

  Reactor& reactor_;
  Acceptor acceptor_;
  std::map<int, std::unique_ptr<Connection>> connections_;
};

/// Runs the server until the clients are done.
void run(Kernel& kernel) {
  {
    const auto reactor = make_reactor(make_epoll_demultiplexer());
    EchoServer server(*reactor, kernel.listener(Mode::non_blocking));
    const Ending ending = kernel.run([&] {
      for (int turn = 0; turn < 10'000; ++turn) (void)reactor->handle_events(-1ms);
    });
    expect_that(ending == Ending::waiting, "after the clients' end handle_events() waits for more",
                "10,000 turns did not wait");
  }
  kernel.expect_open(0, "nothing is open after the end of the Reactor and of its demultiplexer");
}

/// The descriptor of a client that is connected and sends one byte, unless it is carol.
int connected(Kernel& kernel, const std::string& name) {
  Client& client = kernel.connected(name, Mode::non_blocking);
  if (name != "carol") client.sends("x");
  return client.descriptor();
}

LAB_TEST(Together, TwoClientsAreServed, "dispatch") {
  Kernel kernel;
  kernel.client("alice").sends("hello").receives("hello").finishes().sees_end();
  kernel.client("bob")
      .waits(10ms)
      .sends_in_pieces("good morning", 4)
      .receives("good morning")
      .finishes()
      .sees_end();
  run(kernel);
}

LAB_TEST(Together, AHundredClientsInAnyOrder, "many") {
  Kernel kernel;
  kernel.is_capricious();
  for (int i = 0; i < 100; ++i) {
    const std::string bytes = "client " + std::to_string(i);
    Client& client = kernel.client(bytes).sends(bytes).receives(bytes);
    if (i % 3 == 0) {
      client.resets();
    } else if (i % 3 == 1) {
      client.finishes().sees_end();
    } else {
      client.closes();
    }
  }
  run(kernel);
}

LAB_TEST(Together, AnEventIsNotForTheNextConnection, "identity") {
  Kernel kernel;
  const auto reactor = make_reactor(make_epoll_demultiplexer());
  TestHandler alice("alice", connected(kernel, "alice"));
  TestHandler bob("bob", connected(kernel, "bob"));
  std::optional<TestHandler> carol;
  // Alice and bob send at the same moment; whoever is called first ends the other.
  const auto ends = [&](const TestHandler& caller, TestHandler& other) {
    char byte = 0;
    (void)::recv(caller.handle(), &byte, 1, 0);
    reactor->remove_handler(other);
    ::close(other.handle());
    carol.emplace("carol", connected(kernel, "carol"));
    reactor->register_handler(*carol, Events::read);
  };
  alice.does = [&](Events) { ends(alice, bob); };
  bob.does = [&](Events) { ends(bob, alice); };
  reactor->register_handler(alice, Events::read);
  reactor->register_handler(bob, Events::read);
  kernel.settle();
  expect_equal("the number that handle_events() returns", 1U, reactor->handle_events(100ms));
  expect_calls(*carol, {});
  Story::current().step("carol has a number of which an event was found before, but sent nothing");
  (void)reactor->handle_events(100ms);
  expect_calls(*carol, {});
}

}  // namespace
}  // namespace lab
