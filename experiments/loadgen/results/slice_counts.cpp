#include "experiments/loadgen/results/slice_counts.hpp"

#include <algorithm>

namespace iolab::loadgen {

void SliceCounts::clear() {
  for (Histogram* each : {&service, &response, &send_lag, &connect}) each->clear();
  scheduled = in_time = late = skipped = timed_out = messages = 0;
  open = false;
  counted_from_ns = 0;
  ramped_ns = end_ns = generator_cpu_ns = generator_spin_ns = generator_busiest_ns = 0;
  min_per_connection = std::numeric_limits<std::uint64_t>::max();
  max_per_connection = 0;
  stalls.clear();
  responses.clear();
  series.reset();
  intervals.clear();
}

void SliceCounts::merge(const SliceCounts& other) {
  service.merge(other.service);
  response.merge(other.response);
  send_lag.merge(other.send_lag);
  connect.merge(other.connect);
  scheduled += other.scheduled;
  in_time += other.in_time;
  late += other.late;
  skipped += other.skipped;
  timed_out += other.timed_out;
  messages += other.messages;
  ramped_ns = std::max(ramped_ns, other.ramped_ns);
  end_ns = std::max(end_ns, other.end_ns);
  generator_cpu_ns += other.generator_cpu_ns;
  generator_spin_ns += other.generator_spin_ns;
  generator_busiest_ns = std::max(generator_busiest_ns, other.generator_busiest_ns);
  min_per_connection = std::min(min_per_connection, other.min_per_connection);
  max_per_connection = std::max(max_per_connection, other.max_per_connection);
  responses.insert(responses.end(), other.responses.begin(), other.responses.end());
  stalls.insert(stalls.end(), other.stalls.begin(), other.stalls.end());
  open = open || other.open;
  counted_from_ns = std::max(counted_from_ns, other.counted_from_ns);
  merge_intervals(intervals, other.intervals);
}

}  // namespace iolab::loadgen
