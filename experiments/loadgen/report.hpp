#pragma once

#include <cstdio>
#include <optional>

#include "experiments/loadgen/options.hpp"
#include "experiments/loadgen/tally.hpp"
#include "shared/measure/cpu_usage.hpp"

namespace iolab {

// One visit of all threads to one target.
struct Slice {
  unsigned round = 0;
  std::size_t position = 0;  // within the round
  std::size_t target = 0;
  Nanoseconds begin_ns = 0;     // since the run began to measure
  Nanoseconds duration_ns = 0;  // until the last reply
  std::optional<Nanoseconds> server_cpu_ns;
  std::optional<Nanoseconds> machine_busy_ns;
  std::optional<Nanoseconds> steal_ns;
  Tally tally;
};

// What was seen of one target in all its slices.
struct TargetTotal {
  Histogram service;
  std::uint64_t messages = 0;
  std::uint64_t errors = 0;
};

// Writes JSON lines, each complete and flushed before the call returns, so that nothing is lost
// when the process ends early. Throws std::runtime_error if they cannot be written.
class Report {
 public:
  Report(std::FILE* file, const RunOptions& options) : file_(file), options_(options) {}

  void begin_run();
  void add(const Slice& slice);
  void add_summary(std::size_t target, const TargetTotal& total, bool interrupted);

 private:
  std::FILE* file_;
  const RunOptions& options_;
};

}  // namespace iolab
