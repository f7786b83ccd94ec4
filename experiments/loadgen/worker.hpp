#pragma once

#include <boost/asio/io_context.hpp>
#include <span>

#include "experiments/loadgen/connect_ramp.hpp"
#include "experiments/loadgen/load.hpp"
#include "experiments/loadgen/options.hpp"
#include "experiments/loadgen/run_state.hpp"
#include "experiments/loadgen/timer.hpp"
#include "experiments/loadgen/visit.hpp"

namespace iolab::loadgen {

/// One thread's share of the connections to every target, with an event loop of its own. After
/// construction only one thread may call its methods. A failure is told to the RunState; the
/// methods then return early, and an interrupt ends them early too.
class Worker : private ConnectionEvents, private ReplyTaker {
 public:
  /// The references must outlive this. Takes every connection whose number modulo the number of
  /// threads is `index`.
  Worker(const RunOptions& options, std::span<const Endpoint> servers, const WirePattern& pattern,
         std::size_t index, RunState& state);

  /// Returns when all connections are up.
  void connect();

  /// Returns when the visit is over and all replies have come.
  void run(const Visit& visit);

  /// What the last visit gave.
  [[nodiscard]] const Tally& tally() const noexcept { return tally_; }

  /// Idle connections to the target that the server has closed so far.
  [[nodiscard]] std::size_t idle_closed(std::size_t target) const { return idle_closed_[target]; }

 private:
  void connected(Connection& connection, Nanoseconds took_ns, Nanoseconds now_ns) override;
  void broken(Connection& connection, const std::string& why) override;
  /// Answers to what an earlier visit gave up waiting for.
  void replied(Connection& connection, unsigned count, Nanoseconds now_ns) override;

  void add_connections(std::size_t target, const WirePattern& pattern);
  [[nodiscard]] std::unique_ptr<Load> make_load(const Visit& visit, Connections& connections);
  [[nodiscard]] bool is_under_load(const Connection& connection) const;
  void begin_event_loop();
  void watch();
  void tick();
  void fail(std::size_t target, const std::string& what);

  const RunOptions& options_;
  std::span<const Endpoint> servers_;
  std::size_t index_;
  RunState& state_;
  boost::asio::io_context io_;
  Timer timer_;
  std::vector<Connections> active_;  // by target
  std::vector<Connections> idle_;    // by target
  std::vector<std::size_t> idle_closed_;
  Tally tally_;

  /// At most one of these is there, and one while the event loop runs.
  std::unique_ptr<ConnectRamp> ramp_;
  std::unique_ptr<Load> load_;
  Visit visit_;
};

}  // namespace iolab::loadgen
