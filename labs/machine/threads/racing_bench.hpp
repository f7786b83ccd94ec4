#pragma once

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "asio_server.hpp"
#include "machine/kernel/kernel.hpp"
#include "machine/threads/racing_pool.hpp"

namespace lab {

/// What a test of a server on several threads needs: the simulated kernel, an io_context whose
/// epoll is that kernel's, and the threads of a racing pool for the handlers. Whatever is ready at
/// the same time is collected first, and then begins, in any order: see RacingPool.
///
///     RacingBench bench;
///     bench.kernel.client("alice").sends(…).receives(…);
///     bench.run([&](tcp::acceptor& acceptor) { … });
///     bench.end();
class RacingBench {
 public:
  RacingBench() = default;
  RacingBench(const RacingBench&) = delete;
  RacingBench& operator=(const RacingBench&) = delete;
  ~RacingBench();

  Kernel kernel;
  ServerOptions options;

  /// Makes a listener and an acceptor, calls `begin`, and lets everything run until all clients'
  /// scripts are done and nothing more will happen, or until there is no work.
  Ending run(const std::function<void(tcp::acceptor&)>& begin);

  /// `what` is done on a thread of the pool, as another part of a program would do it: in a step of
  /// a client, see Client::does().
  void post(std::function<void()> what) { posted_.push_back(std::move(what)); }

  /// Handlers that have begun so far.
  [[nodiscard]] std::size_t handlers() const { return pool_->begun(); }
  /// The most of them that ran at the same time.
  [[nodiscard]] std::size_t handlers_at_once() const { return pool_->most_at_once(); }

  /// Destroys the io_context with whatever it still has to do, and looks that every descriptor is
  /// closed.
  void end();

 private:
  void work();
  void close();

  std::optional<RacingPool> pool_;
  std::optional<asio::io_context> io_;
  std::optional<tcp::acceptor> acceptor_;
  std::vector<std::function<void()>> posted_;  // and not yet given to the pool
};

}  // namespace lab
