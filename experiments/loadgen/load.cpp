#include "experiments/loadgen/load.hpp"

namespace iolab::loadgen {

FairnessCount::FairnessCount(const Connections& connections) : connections_(connections) {
  before_.reserve(connections.size());
  for (const auto& connection : connections) {
    before_.push_back(connection->conversation().replies());
  }
}

void FairnessCount::finish(Tally& tally) const {
  for (std::size_t i = 0; i < connections_.size(); ++i) {
    const std::uint64_t replies = connections_[i]->conversation().replies() - before_[i];
    tally.min_per_connection = std::min(tally.min_per_connection, replies);
    tally.max_per_connection = std::max(tally.max_per_connection, replies);
  }
}

}  // namespace iolab::loadgen
