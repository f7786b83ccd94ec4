#pragma once

#include <optional>
#include <string>

#include "experiments/loadgen/options/options.hpp"
#include "experiments/loadgen/results/histogram_log.hpp"
#include "experiments/loadgen/results/slice_result.hpp"
#include "experiments/loadgen/results/target_total.hpp"

namespace iolab::loadgen {

/// A run's files for HdrHistogram's tools, as far as the options ask for them. Throws
/// std::runtime_error if one cannot be written.
class HdrFiles {
 public:
  /// `options` must outlive this.
  explicit HdrFiles(const RunOptions& options);

  /// Measuring begins now.
  void begin();

  /// Appends a slice to the log, interval by interval if there are intervals: response times in an
  /// open loop, else service times. An open loop's slice has a second entry, for what no stall
  /// disturbed.
  void add(const SliceResult& slice);

  /// Writes <folder>/<target>-<service|response|send-lag>.hgrm.
  void add_total(std::size_t target, const TargetTotal& total) const;

 private:
  void write_percentiles(std::size_t target, const char* kind, const Histogram& histogram) const;

  const RunOptions& options_;
  std::optional<HistogramLog> log_;
};

}  // namespace iolab::loadgen
