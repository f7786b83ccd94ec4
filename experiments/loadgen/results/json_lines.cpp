#include "experiments/loadgen/results/json_lines.hpp"

#include <cerrno>
#include <cmath>
#include <cstring>
#include <stdexcept>

namespace iolab::loadgen {

void write_line(std::FILE* file, const Json& line) {
  const std::string text = line.dump() + '\n';
  if (std::fwrite(text.data(), 1, text.size(), file) != text.size() || std::fflush(file) != 0) {
    throw std::runtime_error(std::string("cannot write results: ") + std::strerror(errno));
  }
}

Json summarize(const Histogram& histogram) {
  return {{"count", histogram.count()},
          {"mean_ns", std::llround(histogram.mean_ns())},
          {"p50_ns", histogram.percentile_ns(50)},
          {"p90_ns", histogram.percentile_ns(90)},
          {"p99_ns", histogram.percentile_ns(99)},
          {"p999_ns", histogram.percentile_ns(99.9)},
          {"max_ns", histogram.max_ns()}};
}

}  // namespace iolab::loadgen
