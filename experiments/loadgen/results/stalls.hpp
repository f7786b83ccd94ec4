#pragma once

#include <vector>

#include "shared/measure/clock.hpp"

namespace iolab::loadgen {

/// A time in which something that wanted to run did not. Times by now_ns().
struct Stall {
  Nanoseconds begin_ns;
  Nanoseconds length_ns;
};

using Stalls = std::vector<Stall>;

/// When a request was due, and how long after that it was answered.
struct Response {
  Nanoseconds due_ns;
  Nanoseconds took_ns;
};

using Responses = std::vector<Response>;

/// When a stall, and not the server, decides how late replies are: from a little before it, for
/// requests that were under way, until what came meanwhile has been worked off. This follows from
/// the stalls alone, by one rule for all servers; what it leaves out, it leaves out before anybody
/// knows how late it was.
class Disturbances {
 public:
  /// Shorter stalls of the generator disturb nothing: the tail of a server is longer than that
  /// itself.
  static constexpr Nanoseconds shortest_ns = 100'000;
  /// On the servers' cores a shorter one may be the server's own doing: io_uring_enter performs a
  /// hundred operations in one call, and a kernel that does not interrupt itself lets nobody run
  /// meanwhile.
  static constexpr Nanoseconds shortest_of_servers_ns = 500'000;
  static constexpr Nanoseconds ahead_ns = 500'000;
  /// At 80 % of a server's capacity a backlog takes four times the stall to work off.
  static constexpr Nanoseconds times_its_length = 4;
  static constexpr Nanoseconds after_ns = 1'000'000;

  /// Adds those stalls that are so long.
  void add(const Stalls& stalls, Nanoseconds at_least_ns);

  /// A request that was due then may have met one.
  [[nodiscard]] bool at(Nanoseconds due_ns) const;

 private:
  struct Period {
    Nanoseconds begin_ns;
    Nanoseconds end_ns;
  };

  std::vector<Period> periods_;
};

}  // namespace iolab::loadgen
