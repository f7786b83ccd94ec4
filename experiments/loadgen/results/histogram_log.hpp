#pragma once

#include <cstdio>
#include <istream>
#include <memory>
#include <string>
#include <vector>

#include "shared/measure/clock.hpp"
#include "shared/measure/histogram.hpp"

namespace iolab::loadgen {

/// Histograms of intervals in HdrHistogram's log format 1.3, as HistogramLogWriter.java writes it.
class HistogramLog {
 public:
  /// Throws std::runtime_error if the file cannot be made.
  explicit HistogramLog(const std::string& path);

  /// Writes the header: times are counted from now on.
  void begin();

  /// `begin_ns` since begin(). A tag has no comma, space or line break; others become
  /// underscores. Throws std::runtime_error if the file cannot be written.
  void add(std::string tag, Nanoseconds begin_ns, Nanoseconds length_ns,
           const Histogram& histogram);

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  std::string path_;
  std::unique_ptr<std::FILE, Close> file_;
};

struct HistogramLogEntry {
  std::string tag;
  double begin_s;
  double length_s;
  double max_ms;
  Histogram histogram;
};

/// Reads such a log. Throws std::invalid_argument with the number of a line that is wrong.
[[nodiscard]] std::vector<HistogramLogEntry> read_histogram_log(std::istream& log);

}  // namespace iolab::loadgen
