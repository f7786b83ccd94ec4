#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "experiments/loadgen/wire/connection.hpp"
#include "experiments/loadgen/wire/timer.hpp"

namespace iolab::loadgen {

/// Opens connections, a limited number at a time so that the servers' accept queues do not
/// overflow, and on request at most at a given rate per second.
class ConnectRamp {
 public:
  /// `queue` in the order in which to open them; a rate of 0 is no limit. Stops `io` when all are
  /// up.
  ConnectRamp(boost::asio::io_context& io, std::vector<Connection*> queue, double rate_per_s,
              Nanoseconds timeout_ns);

  void begin();
  void connected(Nanoseconds now_ns);
  /// Called now and then: a complaint if nothing has happened for too long.
  [[nodiscard]] std::optional<std::string> tick(Nanoseconds now_ns) const;
  /// The target of the connection begun last.
  [[nodiscard]] std::size_t current_target() const;

 private:
  void start_some();
  void start_later();
  [[nodiscard]] Nanoseconds due_ns(std::size_t i) const;

  boost::asio::io_context& io_;
  std::vector<Connection*> queue_;
  double rate_per_s_;
  Nanoseconds timeout_ns_;
  Timer timer_;
  Nanoseconds begin_ns_ = 0;
  Nanoseconds progress_ns_ = 0;
  std::size_t started_ = 0;
  std::size_t up_ = 0;
  bool waits_ = false;  // for the time of the next one
};

}  // namespace iolab::loadgen
