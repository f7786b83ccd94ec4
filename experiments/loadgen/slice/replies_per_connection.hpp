#pragma once

#include <cstdint>
#include <vector>

#include "experiments/loadgen/results/slice_counts.hpp"
#include "experiments/loadgen/wire/connection.hpp"

namespace iolab::loadgen {

/// Replies per connection during a visit.
class RepliesPerConnection {
 public:
  explicit RepliesPerConnection(const Connections& connections);
  void finish(SliceCounts& counts) const;

 private:
  const Connections& connections_;
  std::vector<std::uint64_t> before_;
};

}  // namespace iolab::loadgen
