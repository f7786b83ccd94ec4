#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "shared/server/server_options.hpp"
#include "shared/server/statistics.hpp"

namespace iolab {

/// The system refuses the engine (io_uring in a container, say); the message names the likely
/// cause. A server never falls back to another engine in silence.
struct EngineUnavailable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A server that listens.
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

/// A server program: what it is, what it offers beyond the common options, and how its server is
/// made.
struct ServerProgram {
  std::string_view name;
  std::string_view pattern;
  /// Names, without dashes, of the options that only some servers have: "demultiplexer", …;
  /// "dispatch" means that --dispatch shared is possible.
  std::vector<std::string_view> own_options;
  /// Binds and listens. `options` must outlive the server. Throws UsageError, EngineUnavailable or
  /// std::system_error.
  std::unique_ptr<Server> (*make)(const ServerOptions& options);
};

/// Each server program defines its own: so it is the linker that chooses the engine. See
/// this_program.hpp.
extern const ServerProgram server_program;

}  // namespace iolab
