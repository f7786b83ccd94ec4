#pragma once

#include <optional>
#include <stdexcept>

#include "shared/measure/clock.hpp"

namespace iolab {

/// CPU time that the calling thread has used, user and system.
[[nodiscard]] Nanoseconds thread_cpu_ns();

/// The CPU clock of another process: all its threads, user and system, also those that have ended.
class ProcessCpuClock {
 public:
  /// Throws std::runtime_error if there is no such process or the system forbids the question.
  explicit ProcessCpuClock(long pid);

  /// Accurate to the nanosecond where the system accounts so finely (Linux does). Empty once the
  /// process is gone. The figure of a zombie that has not been waited for is still there.
  [[nodiscard]] std::optional<Nanoseconds> cpu_ns() const;

 private:
  long pid_;
};

/// CPU time of the whole machine since it started, summed over its CPUs.
struct MachineUsage {
  Nanoseconds busy_ns;   // doing anything, also for the kernel and interrupts
  Nanoseconds steal_ns;  // wanted to run, but the hypervisor ran something else
};

/// On Linux in steps of 10 ms (/proc/stat). Empty where the system does not say.
[[nodiscard]] std::optional<MachineUsage> machine_usage();

}  // namespace iolab
