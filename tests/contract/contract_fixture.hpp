#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "proactor/proactor.hpp"
#include "shared/server/server_options.hpp"
#include "tests/contract/test_network.hpp"

namespace iolab::proactor {

/// Remembers what it was told, and then does what the test wants.
class Recorder final : public CompletionHandler {
 public:
  void handle_event(AsyncOperation& operation) override {
    ++calls;
    if (then) then(operation);
  }

  std::size_t calls = 0;
  std::function<void(AsyncOperation&)> then;
};

/// One connection, as a server has it: an associated handle and two operations on it.
class Endpoint {
 public:
  Endpoint(Proactor& proactor, SocketPair sockets, std::size_t buffer_size = 4096);
  ~Endpoint();

  void submit_receive() { proactor_.submit(receive); }
  void submit_send(std::string_view text);
  void submit_send(const BufferSequence& output);
  [[nodiscard]] std::string_view received() const;

  /// What the peer does, at once.
  void peer_sends(std::string_view text) const;
  [[nodiscard]] std::string peer_receives() const;

 private:
  Proactor& proactor_;
  UniqueHandle handle_;
  std::vector<std::byte> buffer_;

 public:
  UniqueHandle peer;
  Recorder receive_done;
  Recorder send_done;
  AsyncOperation receive;
  AsyncOperation send;
};

/// Runs a test on the engine that the program was linked with, set up by the parameter: options of
/// the command line, separated by spaces.
class ProactorContract : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override;

  /// Turns of the engine until `condition` holds; fails the test if it never does.
  void run_until(const std::function<bool()>& condition);

  /// Turns that would deliver a completion, were there any.
  void run_idle();

  [[nodiscard]] std::unique_ptr<Endpoint> make_endpoint(std::size_t buffer_size = 4096);

  std::unique_ptr<TestNetwork> network_;
  ServerOptions options_;
  std::unique_ptr<Proactor> proactor_;
};

}  // namespace iolab::proactor
