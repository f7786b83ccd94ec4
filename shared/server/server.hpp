#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string_view>

#include "shared/server/server_options.hpp"
#include "shared/server/statistics.hpp"

namespace iolab {

/// The system refuses the engine (io_uring in a container, say); the message names the likely
/// cause. A server never falls back to another engine in silence.
struct EngineUnavailable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A server that listens. Each server program defines its own `server_traits` and `make_server`:
/// the linker is what chooses the engine.
class Server {
 public:
  Server() = default;
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  virtual ~Server() = default;

  [[nodiscard]] virtual std::uint16_t port() const = 0;

  /// The engine really in use, as found out at run time.
  [[nodiscard]] virtual std::string_view engine() const = 0;

  [[nodiscard]] virtual const Statistics& statistics() const = 0;

  /// Serves until stop() was called and every connection has drained, or the deadline passed.
  /// Throws if the engine fails.
  virtual void run() = 0;

  /// Callable from any thread and from a signal handler; may come before run().
  virtual void stop() = 0;
};

extern const ServerTraits server_traits;

/// Binds and listens. `options` must outlive the server. Throws UsageError, EngineUnavailable or
/// std::system_error.
[[nodiscard]] std::unique_ptr<Server> make_server(const ServerOptions& options);

}  // namespace iolab
