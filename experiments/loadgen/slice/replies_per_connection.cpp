#include "experiments/loadgen/slice/replies_per_connection.hpp"

#include <algorithm>

namespace iolab::loadgen {

RepliesPerConnection::RepliesPerConnection(const Connections& connections)
    : connections_(connections) {
  before_.reserve(connections.size());
  for (const auto& connection : connections) {
    before_.push_back(connection->stream().replies());
  }
}

void RepliesPerConnection::finish(SliceCounts& counts) const {
  for (std::size_t i = 0; i < connections_.size(); ++i) {
    const std::uint64_t replies = connections_[i]->stream().replies() - before_[i];
    counts.min_per_connection = std::min(counts.min_per_connection, replies);
    counts.max_per_connection = std::max(counts.max_per_connection, replies);
  }
}

}  // namespace iolab::loadgen
