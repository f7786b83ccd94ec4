#pragma once

#include <cstdio>

#include "experiments/loadgen/json_lines.hpp"
#include "experiments/loadgen/options.hpp"
#include "experiments/loadgen/visit.hpp"

namespace iolab::loadgen {

/// What was seen of one target in all its slices.
struct TargetTotal {
  Histogram service;
  Histogram response;
  Histogram send_lag;
  std::uint64_t messages = 0;
  std::uint64_t errors = 0;
  std::size_t idle_closed = 0;

  void add(const Tally& tally);
};

/// A run's JSON lines: run, slices and intervals as they happen, summaries. Throws
/// std::runtime_error if they cannot be written.
class Report {
 public:
  /// The references must outlive this.
  Report(std::FILE* file, const RunOptions& options) : file_(file), options_(options) {}

  void begin_run();
  void add(const Slice& slice);
  void add_summary(std::size_t target, const TargetTotal& total, bool interrupted);

 private:
  [[nodiscard]] Json slice_line(const Slice& slice) const;
  void add_intervals(const Slice& slice);

  std::FILE* file_;
  const RunOptions& options_;
};

}  // namespace iolab::loadgen
