#pragma once

#include <memory>
#include <utility>

#include "draining_server.hpp"
#include "machine/asio/asio_bench.hpp"
#include "machine/story/lab_test.hpp"
#include "machine/story/story.hpp"
#include "machine/wire.hpp"

namespace lab {

/// A student's server on the simulated kernel. Nobody is idle and nobody is cut off soon, unless a
/// test says so.
struct Bench : AsioBench {
  Bench() : AsioBench(Protocol::echo) {
    options.idle_timeout = 0s;
    options.drain_timeout = 5s;
  }

  std::unique_ptr<DrainingServer> server;

  Ending run();
  /// As run(); fails the test unless run() of the io_context returns, and in the second from `at`
  /// on.
  void run_returns_at(std::chrono::seconds at);

  /// A handler that calls stop(), called before the handlers of what epoll_wait() reports next.
  void stop();
  /// The same, called when the first of those handlers have been called, and before the handlers of
  /// what they have begun.
  void stop_in_between();

  /// What a client does in this step, at once: the program sees all of it together.
  Client& at_once(Client& client, const std::function<void()>& adds);

  /// The next step of a client: it is closed in the second from `at` on.
  Client& sees_close_at(Client& client, std::chrono::seconds at);

  /// Fails the test unless so many connections were closed for this reason, and none for another.
  void expect_endings(Reason reason, std::size_t number) const;

  /// Destroys the server and the io_context, and looks that every descriptor is closed.
  void end();
};

}  // namespace lab
