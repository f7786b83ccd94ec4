#pragma once

#include <memory>

#include "shared/net/unique_handle.hpp"

namespace iolab {

struct SocketPair {
  UniqueHandle ours;  ///< for the engine under test
  UniqueHandle peer;  ///< non-blocking, for receive() and send() of shared/net
};

/// Where the sockets of a contract test come from: the system, or a simulation. The linker chooses.
class TestNetwork {
 public:
  TestNetwork() = default;
  TestNetwork(const TestNetwork&) = delete;
  TestNetwork& operator=(const TestNetwork&) = delete;
  virtual ~TestNetwork() = default;

  [[nodiscard]] virtual SocketPair connection() = 0;

  /// The peer's end of a connection that waits to be accepted.
  [[nodiscard]] virtual UniqueHandle connect_to(Handle listener) = 0;

  /// Closes the peer's end so that the other one hears of a reset.
  virtual void reset(UniqueHandle peer) = 0;
};

[[nodiscard]] std::unique_ptr<TestNetwork> make_test_network();

}  // namespace iolab
