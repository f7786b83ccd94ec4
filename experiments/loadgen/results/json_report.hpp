#pragma once

#include <cstdio>
#include <optional>
#include <string>

#include "experiments/loadgen/options/options.hpp"
#include "experiments/loadgen/results/json_lines.hpp"
#include "experiments/loadgen/results/slice_result.hpp"
#include "experiments/loadgen/results/target_total.hpp"

namespace iolab::loadgen {

/// A run's JSON lines: run, slices and intervals as they happen, summaries, a complaint. Throws
/// std::runtime_error if they cannot be written.
class JsonReport {
 public:
  /// The references must outlive this.
  JsonReport(std::FILE* file, const RunOptions& options) : file_(file), options_(options) {}

  void begin_run();
  void add(const SliceResult& slice);
  /// Why the run ended early; `target` is the index of the one to blame, if one is. `wrong_reply`:
  /// it sent a wrong byte, or more than was asked for.
  void add_complaint(std::optional<std::size_t> target, bool wrong_reply, const std::string& text);
  void add_summary(std::size_t target, const TargetTotal& total, bool interrupted);

 private:
  [[nodiscard]] Json slice_line(const SliceResult& slice) const;
  void add_intervals(const SliceResult& slice);

  std::FILE* file_;
  const RunOptions& options_;
};

}  // namespace iolab::loadgen
