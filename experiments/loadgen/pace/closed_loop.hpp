#pragma once

#include <boost/asio/io_context.hpp>

#include "experiments/loadgen/pace/pacing.hpp"
#include "experiments/loadgen/results/slice_counts.hpp"

namespace iolab::loadgen {

/// Keeps `depth` messages in flight on every connection: a reply is what allows the next request.
/// Every connection sends at least one message, also when the deadline has passed before its turn
/// has come.
class ClosedLoop : public Pacing {
 public:
  /// The references must outlive this. Stops `io` when done.
  ClosedLoop(boost::asio::io_context& io, Connections& connections, Nanoseconds deadline_ns,
             Nanoseconds timeout_ns, SliceCounts& counts);

  void begin() override { start_some(); }
  void replied(Connection& connection, unsigned count, Nanoseconds now_ns) override;
  void reconnected(Connection& connection, Nanoseconds now_ns) override;
  std::optional<std::string> tick(Nanoseconds now_ns) override;
  void wind_up(Nanoseconds now_ns) override;

 private:
  void start_some();
  void drained(Nanoseconds now_ns);

  boost::asio::io_context& io_;
  Connections& connections_;
  Nanoseconds deadline_ns_;
  Nanoseconds timeout_ns_;
  SliceCounts& counts_;
  std::size_t started_ = 0;
  std::size_t drained_ = 0;
  std::uint64_t seen_messages_ = 0;  // at the last tick that saw progress
  Nanoseconds progress_ns_;
};

}  // namespace iolab::loadgen
