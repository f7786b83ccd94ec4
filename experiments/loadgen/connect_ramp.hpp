#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "experiments/loadgen/load.hpp"

namespace iolab {

// Opens connections to the targets, a limited number at a time lest their accept queues overflow.
class ConnectRamp {
 public:
  // `connections` by target, `servers` likewise; both must outlive this.
  ConnectRamp(std::vector<Connections>& connections, std::span<const Endpoint> servers);

  void begin() { start_some(); }
  void connected();
  [[nodiscard]] bool done() const noexcept { return up_ == queue_.size(); }
  [[nodiscard]] std::size_t up() const noexcept { return up_; }
  // The target whose connection comes last among those begun.
  [[nodiscard]] std::size_t current_target() const;

 private:
  void start_some();

  std::span<const Endpoint> servers_;
  std::vector<Connection*> queue_;
  std::size_t started_ = 0;
  std::size_t up_ = 0;
};

}  // namespace iolab
