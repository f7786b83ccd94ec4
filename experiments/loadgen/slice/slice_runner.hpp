#pragma once

#include <optional>
#include <vector>

#include "experiments/loadgen/options/options.hpp"
#include "experiments/loadgen/results/slice_result.hpp"
#include "experiments/loadgen/slice/core_watch.hpp"
#include "experiments/loadgen/slice/worker_threads.hpp"
#include "shared/measure/cpu_usage.hpp"

namespace iolab::loadgen {

/// Everything that measures, set up once: connections to all targets, threads, the targets' CPU
/// clocks. The caller decides which target has a slice when.
class SliceRunner {
 public:
  /// `options` must outlive this. Throws std::runtime_error if a target's host or process is
  /// unknown.
  explicit SliceRunner(const RunOptions& options);

  /// Opens all connections, sends a message on each, and warms every target up.
  void prepare();

  /// Visits a target for `length_ns`. The result is this object's and is overwritten by the next
  /// call; its round and position are left to the caller. None if the run is over: the replies of a
  /// failed slice are not all counted, so it has no rate.
  [[nodiscard]] SliceResult* run_slice(std::size_t target, Nanoseconds length_ns,
                                       const std::optional<SlicePlan::OfferedLoad>& offered_load);

  /// A failure or an interrupt has ended the run.
  [[nodiscard]] bool over() const;
  [[nodiscard]] std::optional<Failure> failure() const { return first_failure_.failure(); }

  /// Idle connections to the target that the server has closed so far.
  [[nodiscard]] std::size_t idle_closed(std::size_t target) const {
    return workers_.idle_closed(target);
  }

 private:
  struct Usage {
    std::optional<Nanoseconds> server_ns;
    std::optional<MachineUsage> machine;
  };

  [[nodiscard]] Usage usage(std::size_t target);
  void run_on_all_threads(const SlicePlan& plan);
  void note_usage(const Usage& before, const Usage& after);

  const RunOptions& options_;
  std::vector<Endpoint> servers_;
  std::vector<std::optional<ProcessCpuClock>> cpu_clocks_;
  WirePattern pattern_;
  FirstFailure first_failure_;
  WorkerThreads workers_;
  CoreWatch core_watch_;
  SliceResult slice_;         // the last one
  Nanoseconds epoch_ns_ = 0;  // when measuring began
};

}  // namespace iolab::loadgen
