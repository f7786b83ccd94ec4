#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "asio_server.hpp"

namespace lab {

/// What the server does with bytes that have come, before it sends them back. It may take long.
/// Called for several connections at the same time, and for one connection never twice at once.
using Work = std::function<void(std::span<std::byte>)>;

/// What a server has done so far.
struct Totals {
  std::uint64_t connections = 0;  ///< accepted
  std::uint64_t bytes = 0;        ///< that have come, from all clients
};

/// An echo server whose handlers run on several threads.
class ThreadedServer {
 public:
  ThreadedServer() = default;
  ThreadedServer(const ThreadedServer&) = delete;
  ThreadedServer& operator=(const ThreadedServer&) = delete;
  virtual ~ThreadedServer() = default;

  /// May be asked on any thread, at any time.
  [[nodiscard]] virtual Totals totals() const = 0;
};

/// Begins to serve everybody who connects to `acceptor`, and returns at once: what follows happens
/// in handlers, on all threads that run the acceptor's executor. Every handler, socket and timer
/// has an executor that was made from acceptor.get_executor(), and from no other.
///
/// Every byte that came is given to `work` and then comes back, in order. The server goes on
/// reading from a client while it writes to it, as long as no more than `output_limit` bytes wait
/// to be written. A client who has finished sending still gets the rest; then the connection is
/// closed. A client from whom nothing comes for `idle_timeout` is closed (0: never).
///
/// `acceptor` and `options` live until the io_context is destroyed, and so does the server: it must
/// not keep a strand or a timer itself, which would have to go before.
[[nodiscard]] std::unique_ptr<ThreadedServer> make_server(tcp::acceptor& acceptor,
                                                          const ServerOptions& options, Work work);

/// Runs `io` on `threads` threads, of which the caller's is one. Returns when `io` has no work or
/// was stopped, and no thread is left that this function has made.
///
/// If a handler throws, `io` is stopped, and when all threads are back the exception is thrown
/// here; of several the first.
void run_on(asio::io_context& io, unsigned threads);

}  // namespace lab
