#pragma once

#include <functional>
#include <optional>
#include <string>

#include "asio_server.hpp"
#include "machine/kernel/kernel.hpp"

namespace lab {

/// What a test of a server with Boost.Asio needs: the simulated kernel, and an io_context whose
/// epoll is that kernel's. Its timers follow the virtual clock.
///
///     AsioBench bench(Protocol::framed);
///     bench.kernel.client("alice").sends(…).receives(…);
///     bench.run();
///     bench.end();
class AsioBench {
 public:
  explicit AsioBench(Protocol protocol);
  AsioBench(const AsioBench&) = delete;
  AsioBench& operator=(const AsioBench&) = delete;
  ~AsioBench();

  Kernel kernel;
  ServerOptions options;

  /// While it runs: the epoll, the eventfd that wakes it up, the listener.
  static constexpr std::size_t own_descriptors = 3;

  /// Makes a listener, an acceptor and an io_context, calls `begin`, and runs the io_context until
  /// all clients' scripts are done and nothing more will happen, or until it has no work.
  Ending run(const std::function<void(tcp::acceptor&, const ServerOptions&)>& begin);
  /// The same with the serve() of the student.
  Ending run() { return run(&serve); }

  /// Posts to the io_context, as another part of a program would: `what` is called next, in its
  /// thread. While run() runs: in a step of a client, see Client::does().
  void post(std::function<void()> what);

  /// The same with closing the acceptor: no client is accepted any more.
  void close_acceptor();

  /// Destroys the io_context with whatever it still has to do, and looks that every descriptor is
  /// closed.
  void end();

 private:
  std::optional<asio::io_context> io_;
  std::optional<tcp::acceptor> acceptor_;
};

}  // namespace lab
