#pragma once

#include <boost/asio/io_context.hpp>
#include <span>

#include "experiments/loadgen/options/options.hpp"
#include "experiments/loadgen/pace/pacing.hpp"
#include "experiments/loadgen/results/slice_counts.hpp"
#include "experiments/loadgen/slice/first_failure.hpp"
#include "experiments/loadgen/slice/slice_plan.hpp"
#include "experiments/loadgen/wire/connect_ramp.hpp"
#include "experiments/loadgen/wire/timer.hpp"

namespace iolab::loadgen {

/// One thread's share of the connections to every target, with an event loop of its own. After
/// construction only one thread may call its methods. A failure is told to the FirstFailure; the
/// methods then return early, and an interrupt ends them early too.
class Worker : private ConnectionEvents, private ReplyHandler {
 public:
  /// The references must outlive this. Takes every connection whose number modulo the number of
  /// threads is `index`.
  Worker(const RunOptions& options, std::span<const Endpoint> servers, const WirePattern& pattern,
         std::size_t index, FirstFailure& first_failure);

  /// Returns when all connections are up.
  void connect();

  /// Carries out the slice. Returns when its time is over and all replies have come.
  void run(const SlicePlan& plan);

  /// What this thread counted in the last slice.
  [[nodiscard]] const SliceCounts& counts() const noexcept { return counts_; }

  /// Idle connections to the target that the server has closed so far.
  [[nodiscard]] std::size_t idle_closed(std::size_t target) const { return idle_closed_[target]; }

 private:
  void connected(Connection& connection, Nanoseconds took_ns, Nanoseconds now_ns) override;
  void broken(Connection& connection, const std::string& why) override;
  /// Replies that come too late: an earlier slice has counted their requests as timed out.
  void replied(Connection& connection, unsigned count, Nanoseconds now_ns) override;

  void add_connections(std::size_t target, const WirePattern& pattern);
  [[nodiscard]] std::unique_ptr<Pacing> make_pacing(const SlicePlan& plan,
                                                    Connections& connections);
  [[nodiscard]] bool is_under_load(const Connection& connection) const;
  void begin_event_loop();
  void watch();
  void tick();
  void fail(std::size_t target, const std::string& what, bool wrong_reply = false);

  const RunOptions& options_;
  std::span<const Endpoint> servers_;
  std::size_t index_;
  FirstFailure& first_failure_;
  boost::asio::io_context io_;
  Timer timer_;
  std::vector<Connections> active_;  // by target
  std::vector<Connections> idle_;    // by target
  std::vector<std::size_t> idle_closed_;
  SliceCounts counts_;

  /// At most one of these two exists; while the event loop runs, exactly one does.
  std::unique_ptr<ConnectRamp> ramp_;
  std::unique_ptr<Pacing> pacing_;
  SlicePlan plan_;
};

}  // namespace iolab::loadgen
