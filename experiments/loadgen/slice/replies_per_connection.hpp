#pragma once

#include <cstdint>
#include <vector>

#include "experiments/loadgen/results/slice_counts.hpp"
#include "experiments/loadgen/wire/connection.hpp"

namespace iolab::loadgen {

/// How many replies each connection got in a slice: the fewest and the most go to the line's
/// `fairness`. Make it before the slice, call finish() after it.
class RepliesPerConnection {
 public:
  explicit RepliesPerConnection(const Connections& connections);
  void finish(SliceCounts& counts) const;

 private:
  const Connections& connections_;
  std::vector<std::uint64_t> before_;
};

}  // namespace iolab::loadgen
