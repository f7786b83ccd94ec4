#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "experiments/loadgen/connection.hpp"
#include "experiments/loadgen/tally.hpp"

namespace iolab {

using Connections = std::vector<std::unique_ptr<Connection>>;

// One visit to one target by one thread: decides what is sent when. Begins with begin() and ends
// when done() holds, after the replies in flight have drained.
class Load {
 public:
  virtual ~Load() = default;

  virtual void begin() = 0;
  // `connection` has `count` complete replies to take().
  virtual void replied(Connection& connection, unsigned count, Nanoseconds now_ns) = 0;
  // Called now and then. An error is a sentence without the target's name: the target hangs.
  [[nodiscard]] virtual std::optional<std::string> tick(Nanoseconds now_ns) = 0;
  // Begins to drain now instead of at the deadline.
  virtual void wind_up(Nanoseconds now_ns) = 0;
  [[nodiscard]] virtual bool done() const = 0;
};

// Replies per connection during a visit.
class FairnessCount {
 public:
  explicit FairnessCount(const Connections& connections);
  void finish(Tally& tally) const;

 private:
  const Connections& connections_;
  std::vector<std::uint64_t> before_;
};

}  // namespace iolab
