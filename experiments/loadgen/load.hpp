#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "experiments/loadgen/connection.hpp"
#include "experiments/loadgen/tally.hpp"

namespace iolab::loadgen {

using Connections = std::vector<std::unique_ptr<Connection>>;

/// One visit to one target by one thread: decides what is sent when. Stops the event loop when the
/// replies in flight have drained after its end.
class Load : public ReplyTaker {
 public:
  virtual ~Load() = default;

  virtual void begin() = 0;
  /// `connection` was replaced by a fresh one and may be used again.
  virtual void reconnected(Connection& connection, Nanoseconds now_ns) = 0;
  /// Called now and then. An error is a sentence without the target's name: the target hangs.
  [[nodiscard]] virtual std::optional<std::string> tick(Nanoseconds now_ns) = 0;
  /// Begins to drain now instead of at the end; may be called again and again.
  virtual void wind_up(Nanoseconds now_ns) = 0;
};

/// Replies per connection during a visit.
class FairnessCount {
 public:
  explicit FairnessCount(const Connections& connections);
  void finish(Tally& tally) const;

 private:
  const Connections& connections_;
  std::vector<std::uint64_t> before_;
};

}  // namespace iolab::loadgen
