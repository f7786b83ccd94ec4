#include "experiments/loadgen/connect_ramp.hpp"

namespace iolab {
namespace {

constexpr std::size_t most_at_once = 64;

}  // namespace

ConnectRamp::ConnectRamp(std::vector<Connections>& connections, std::span<const Endpoint> servers)
    : servers_(servers) {
  for (const Connections& of_target : connections) {
    for (const auto& connection : of_target) queue_.push_back(connection.get());
  }
}

void ConnectRamp::start_some() {
  for (; started_ < queue_.size() && started_ - up_ < most_at_once; ++started_) {
    queue_[started_]->connect(servers_[queue_[started_]->identity().target]);
  }
}

void ConnectRamp::connected() {
  ++up_;
  start_some();
}

std::size_t ConnectRamp::current_target() const {
  return queue_[started_ == 0 ? 0 : started_ - 1]->identity().target;
}

}  // namespace iolab
