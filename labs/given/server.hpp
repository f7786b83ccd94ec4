#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace lab {

enum class Protocol : std::uint8_t { echo, framed };

/// What program.cpp read from the command line.
struct ServerOptions {
  Protocol protocol = Protocol::echo;
  std::size_t read_size = 16 * 1024;  ///< bytes of one receive
  std::size_t output_limit =
      256 * 1024;  ///< beyond so much unsent output do not read from a client
  std::uint32_t max_frame = 1024 * 1024;  ///< bytes of payload; a longer frame ends the connection
  std::size_t max_connections = 0;        ///< 0: no limit. One more is accepted and closed at once
  std::chrono::milliseconds idle_timeout{60'000};  ///< 0: never
  std::chrono::milliseconds drain_timeout{5'000};  ///< 0: nobody is waited for
};

/// Time is given to a server, never asked for, so that a test may turn the clock.
using TimePoint = std::chrono::steady_clock::time_point;

/// A server on one thread, inside somebody's event loop. It owns its connections. Destroying it
/// closes whatever is left.
class Server {
 public:
  Server() = default;
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  virtual ~Server() = default;

  /// Called every 100 ms or a little later: what depends on time is done here. Closes connections
  /// that are idle for `idle_timeout`, accepts again after a pause, ends draining at its deadline.
  virtual void tick(TimePoint now) = 0;

  /// Begins to drain: accepts no more, answers what has arrived, finishes sending (FIN) and waits
  /// for the clients to go, at most `drain_timeout` from `now`.
  virtual void drain(TimePoint now) = 0;

  /// True after drain() when no connection is left.
  [[nodiscard]] virtual bool drained() const = 0;
};

}  // namespace lab
