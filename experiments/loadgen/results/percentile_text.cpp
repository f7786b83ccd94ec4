#include "experiments/loadgen/results/percentile_text.hpp"

#include <cmath>
#include <cstdio>

namespace iolab::loadgen {
namespace {

constexpr double ns_per_us = 1000.0;
constexpr double steps_per_halving = 5.0;

template <typename... Values>
void append(std::string& text, const char* format, Values... values) {
  char line[128];
  text.append(line, static_cast<std::size_t>(std::snprintf(line, sizeof line, format, values...)));
}

double step_after(double percentile) {
  const double halvings = std::floor(std::log2(100.0 / (100.0 - percentile))) + 1.0;
  return 100.0 / (steps_per_halving * std::exp2(halvings));
}

void append_rows(std::string& text, const Histogram& histogram) {
  const auto total = static_cast<double>(histogram.count());
  double percentile = 0.0;
  unsigned long long seen = 0;
  for (const auto& bucket : histogram.buckets()) {
    seen += bucket.count;
    const double value = static_cast<double>(bucket.highest_ns) / ns_per_us;
    while (100.0 * static_cast<double>(seen) / total >= percentile) {
      append(text, "%12.3f %2.12f %10llu %14.2f\n", value, percentile / 100.0, seen,
             100.0 / (100.0 - percentile));
      percentile += step_after(percentile);
      if (seen == histogram.count()) {
        append(text, "%12.3f %2.12f %10llu\n", value, 1.0, seen);
        return;
      }
    }
  }
}

}  // namespace

std::string percentile_text(const Histogram& histogram) {
  std::string text = "       Value     Percentile TotalCount 1/(1-Percentile)\n\n";
  append_rows(text, histogram);
  append(text, "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n", histogram.mean_ns() / ns_per_us,
         histogram.standard_deviation_ns() / ns_per_us);
  append(text, "#[Max     = %12.3f, Total count    = %12llu]\n",
         static_cast<double>(histogram.max_ns()) / ns_per_us,
         static_cast<unsigned long long>(histogram.count()));
  append(text, "#[Buckets = %12d, SubBuckets     = %12d]\n", Histogram::bucket_count,
         Histogram::sub_bucket_count);
  return text;
}

}  // namespace iolab::loadgen
