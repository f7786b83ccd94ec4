#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "experiments/loadgen/results/stalls.hpp"

namespace iolab::loadgen {

/// Watches the cores of the servers for stalls without looking at a server: a thread of the highest
/// priority on each of them wakes at fixed times, and when it wakes late, nobody else ran there
/// either. It sees what is left of a stall then; one that is shorter than the period may lie
/// between two looks. cyclictest (rt-tests) measures a machine in this way.
class CoreWatch {
 public:
  /// Starts a thread on each of these CPUs, which looks every `period_ns`.
  CoreWatch(std::span<const unsigned> cpus, Nanoseconds period_ns);
  ~CoreWatch();
  CoreWatch(const CoreWatch&) = delete;
  CoreWatch& operator=(const CoreWatch&) = delete;

  /// What was found until now is of no interest.
  void forget();

  /// What was found since then, in no particular order. Empty if no core is watched, or if the
  /// system does not permit it.
  [[nodiscard]] std::optional<Stalls> found();

 private:
  void watch(unsigned cpu, Nanoseconds period_ns);

  std::atomic<bool> over_ = false;
  std::atomic<bool> refused_ = false;
  std::mutex mutex_;
  Stalls found_;
  std::vector<std::thread> threads_;
};

}  // namespace iolab::loadgen
