#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>

#include "asio_server.hpp"

namespace lab {

/// Why a connection was closed.
enum class Reason : std::uint8_t {
  finished,  ///< before stop(): the client has finished sending (FIN), and was sent all replies
  lost,      ///< the client reset the connection, or the system says that it is broken
  idle,      ///< the client made no progress for idle_timeout
  drained,   ///< after stop(): what had arrived was answered, and the client has finished (or had)
  cut_off,   ///< after stop(): the client was still there after drain_timeout
};

/// How many connections were closed, by reason. Each connection counts once.
class Endings {
 public:
  void count(Reason reason) { ++counts_.at(static_cast<std::size_t>(reason)); }

  [[nodiscard]] std::size_t of(Reason reason) const {
    return counts_.at(static_cast<std::size_t>(reason));
  }
  [[nodiscard]] std::size_t all() const {
    return std::accumulate(counts_.begin(), counts_.end(), std::size_t{0});
  }

 private:
  std::array<std::size_t, 5> counts_{};
};

/// How long a server that has run out of descriptors waits before it accepts again.
inline constexpr std::chrono::milliseconds accept_pause{100};

/// An echo server that can be stopped in order. It lives until run() of its io_context was called
/// for the last time. For one thread: all is called by the handlers of that io_context, or while
/// nobody runs it.
class DrainingServer {
 public:
  DrainingServer() = default;
  DrainingServer(const DrainingServer&) = delete;
  DrainingServer& operator=(const DrainingServer&) = delete;
  virtual ~DrainingServer() = default;

  /// Begins to accept.
  virtual void start() = 0;

  /// Accepts no more. Each client is answered what has arrived, is sent the end (FIN), and has
  /// drain_timeout, from now, to take the replies and to finish, too. What it sends behind that is
  /// thrown away. When no connection is left, no operation of the server is in flight, so that
  /// run() returns. A second call changes nothing.
  virtual void stop() = 0;

  /// True after stop() when no connection is left, and none will come.
  [[nodiscard]] virtual bool drained() const = 0;

  [[nodiscard]] virtual const Endings& endings() const = 0;
};

/// server.cpp. `options` lives as long as the server; its output_limit is not 0.
[[nodiscard]] std::unique_ptr<DrainingServer> make_draining_server(tcp::acceptor acceptor,
                                                                   const ServerOptions& options);

}  // namespace lab
