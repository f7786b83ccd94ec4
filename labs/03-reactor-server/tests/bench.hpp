#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "machine/kernel/kernel.hpp"
#include "machine/reactor/simulated_reactor.hpp"
#include "machine/story/lab_test.hpp"
#include "machine/wire.hpp"
#include "reactor_server.hpp"

namespace lab {

/// The student's server on the simulated kernel, in a loop like that of given/main.cpp.
class Bench {
 public:
  Kernel kernel;
  SimulatedReactor reactor{kernel};
  ServerOptions options;
  std::unique_ptr<Server> server;

  explicit Bench(Protocol protocol = Protocol::echo) { options.protocol = protocol; }

  /// Makes the server and runs it until it has drained, or all clients are done. Ticks come for
  /// `patience`, so that a server which does nothing ends soon.
  void run(std::chrono::milliseconds patience = 2s);

  /// What `adds` appends to the client's script happens at once, before the server runs again. It
  /// must be the end of the script so far.
  void at_once(Client& client, const std::function<void()>& adds);

  /// Calls drain() of the server, at once or behind the handler that is being called.
  void drain();

  /// Destroys the server, which must leave nothing behind.
  void end();

 private:
  void loop(std::chrono::nanoseconds last_tick);

  bool drains_later_ = false;
};

/// Something that `what` names, such as "the connection is closed", happened at a time between.
void expect_between(const std::string& what, std::chrono::nanoseconds least,
                    std::chrono::nanoseconds most, std::chrono::nanoseconds at);

}  // namespace lab
