#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <span>

#include "experiments/loadgen/connect_ramp.hpp"
#include "experiments/loadgen/load.hpp"
#include "experiments/loadgen/options.hpp"
#include "experiments/loadgen/run_state.hpp"

namespace iolab {

// One thread's share of the connections to every target, with an event loop of its own. All
// methods are called by the same thread, also the constructor's caller may be another. A failure
// is told to the RunState; the methods then return early.
class Worker : private ConnectionEvents {
 public:
  // The references must outlive this. Takes every connection whose number modulo the number of
  // threads is `index`.
  Worker(const RunOptions& options, std::span<const Endpoint> servers, const WirePattern& pattern,
         std::size_t index, RunState& state);

  // Returns when all connections are up.
  void connect();

  // Visits one target with a closed loop until the deadline and until all replies have come.
  void run_closed(std::size_t target, Nanoseconds deadline_ns);

  // What the last visit gave.
  [[nodiscard]] const Tally& tally() const noexcept { return tally_; }

 private:
  using Timer = boost::asio::basic_waitable_timer<
      std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>,
      boost::asio::io_context::executor_type>;

  void connected(Connection& connection) override;
  void replied(Connection& connection, unsigned count, Nanoseconds now_ns) override;
  void broken(Connection& connection, const std::string& why) override;
  void drive();
  void watch();
  void tick();
  void tick_ramp(Nanoseconds now_ns);
  void fail(std::size_t target, const std::string& what);

  const RunOptions& options_;
  std::span<const Endpoint> servers_;
  RunState& state_;
  boost::asio::io_context io_;
  Timer timer_;
  std::vector<Connections> connections_;  // by target
  Tally tally_;

  // Exactly one of these is there while the event loop runs.
  std::unique_ptr<ConnectRamp> ramp_;
  std::unique_ptr<Load> load_;
  std::size_t load_target_ = 0;
  std::size_t ramp_seen_up_ = 0;
  Nanoseconds ramp_progress_ns_ = 0;
};

}  // namespace iolab
