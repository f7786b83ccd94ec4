#pragma once

#include <optional>
#include <string>

#include "experiments/loadgen/wire/connection.hpp"

namespace iolab::loadgen {

/// Decides what one thread sends when during one slice. Stops the event loop when the
/// replies in flight have drained after its end.
class Pacing : public ReplyHandler {
 public:
  virtual ~Pacing() = default;

  virtual void begin() = 0;
  /// `connection` was replaced by a fresh one and may be used again.
  virtual void reconnected(Connection& connection, Nanoseconds now_ns) = 0;
  /// Called now and then. An error is a sentence without the target's name: the target hangs.
  [[nodiscard]] virtual std::optional<std::string> tick(Nanoseconds now_ns) = 0;
  /// Begins to drain now instead of at the end; may be called again and again.
  virtual void wind_up(Nanoseconds now_ns) = 0;
};

}  // namespace iolab::loadgen
