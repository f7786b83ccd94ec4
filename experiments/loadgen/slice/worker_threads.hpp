#pragma once

#include <barrier>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "experiments/loadgen/slice/worker.hpp"

namespace iolab::loadgen {

/// All workers, each with its thread; the first runs on the thread that calls each().
class WorkerThreads {
 public:
  /// Arguments as for Worker; there will be options.threads workers.
  WorkerThreads(const RunOptions& options, std::span<const Endpoint> servers,
                const WirePattern& pattern, FirstFailure& first_failure);
  ~WorkerThreads();
  WorkerThreads(const WorkerThreads&) = delete;
  WorkerThreads& operator=(const WorkerThreads&) = delete;

  /// Lets every worker do `job` at once and returns when all have. An exception in one becomes a
  /// failure of the run.
  void each(const std::function<void(Worker&)>& job);

  /// Makes `sum` what the workers counted in their last slice. Not while each() runs.
  void add_up(SliceCounts& sum) const;

  /// Idle connections to the target that the server has closed so far. Not while each() runs.
  [[nodiscard]] std::size_t idle_closed(std::size_t target) const;

 private:
  void serve(Worker& worker);
  void work(Worker& worker);

  FirstFailure& first_failure_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::barrier<> gate_;  // all threads meet here before and after each job
  const std::function<void(Worker&)>* job_ = nullptr;  // none: the threads end
  std::vector<std::jthread> threads_;
};

}  // namespace iolab::loadgen
