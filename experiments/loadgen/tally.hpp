#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "shared/measure/histogram.hpp"

namespace iolab {

// What one thread saw of one slice; merged over threads it is what the slice's line reports.
struct Tally {
  Histogram service;            // sent -> reply
  std::uint64_t messages = 0;   // replies that were right
  Nanoseconds last_reply_ns = 0;  // on the clock of now_ns()
  Nanoseconds generator_cpu_ns = 0;
  std::uint64_t min_per_connection = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t max_per_connection = 0;

  void merge(const Tally& other) {
    service.merge(other.service);
    messages += other.messages;
    last_reply_ns = std::max(last_reply_ns, other.last_reply_ns);
    generator_cpu_ns += other.generator_cpu_ns;
    min_per_connection = std::min(min_per_connection, other.min_per_connection);
    max_per_connection = std::max(max_per_connection, other.max_per_connection);
  }
};

}  // namespace iolab
