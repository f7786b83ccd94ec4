#pragma once

#include <boost/asio/io_context.hpp>

#include "experiments/loadgen/pace/arrivals.hpp"
#include "experiments/loadgen/pace/pacing.hpp"
#include "experiments/loadgen/pace/ring_queue.hpp"
#include "experiments/loadgen/pace/stall_watch.hpp"
#include "experiments/loadgen/results/slice_counts.hpp"
#include "experiments/loadgen/wire/timer.hpp"

namespace iolab::loadgen {

/// Sends when the schedule says so, not when the server is ready. A request that is due while every
/// connection has `depth` messages in flight, or while the generator itself is behind, is sent as
/// soon as possible and keeps its intended time: its wait counts in the response time, and beyond
/// `late_ns` it is counted as late. What cannot be sent until `timeout_ns` after the end of the
/// schedule is counted as skipped, what was not answered until then as timed out; both also enter
/// the response times with the time they had waited, which is shorter than the true time, but
/// better than leaving them out.
///
/// Up to `spin_ns` before a request is due the thread polls instead of sleeping, because a sleeping
/// thread wakes tens of microseconds late.
class OpenLoop : public Pacing {
 public:
  struct Settings {
    unsigned depth;
    Nanoseconds begin_ns;
    Nanoseconds timeout_ns;
    Nanoseconds late_ns;
    Nanoseconds spin_ns;
  };

  /// The references must outlive this. Stops `io` when done.
  OpenLoop(boost::asio::io_context& io, Connections& connections, const Settings& settings,
           const Arrivals& arrivals, SliceCounts& counts);

  void begin() override { pace(); }
  void replied(Connection& connection, unsigned count, Nanoseconds now_ns) override;
  void reconnected(Connection& connection, Nanoseconds now_ns) override;
  std::optional<std::string> tick(Nanoseconds now_ns) override;
  void wind_up(Nanoseconds now_ns) override;

 private:
  void pace();
  void pace_later(Nanoseconds now_ns);
  void count_spinning(Nanoseconds now_ns);
  /// Returns the time after the last one was sent.
  Nanoseconds send_due(Nanoseconds now_ns);
  void send(Connection& connection, Nanoseconds now_ns);
  void give_up(Nanoseconds now_ns);
  void finish(Nanoseconds now_ns);

  boost::asio::io_context& io_;
  Connections& connections_;
  Settings settings_;
  Arrivals arrivals_;
  SliceCounts& counts_;
  StallWatch watch_;
  Timer timer_;
  /// Each slot stands for one message that may be sent; the one that rests longest goes first. The
  /// slots of a connection that is being replaced are parked, counted by the connection's index.
  RingQueue<Connection*> slots_;
  std::vector<unsigned> parked_;
  std::uint64_t in_flight_ = 0;
  bool paces_ = false;  // a call of pace() is on its way
  bool finished_ = false;
  std::uint64_t events_ = 0;  // sends and replies; if none happened, the thread was spinning
  std::uint64_t seen_events_ = 0;
  Nanoseconds spinning_since_ns_ = 0;  // 0: the next call of pace() comes from a timer
};

}  // namespace iolab::loadgen
