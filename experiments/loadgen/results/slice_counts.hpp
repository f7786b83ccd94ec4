#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "experiments/loadgen/results/interval_series.hpp"
#include "experiments/loadgen/results/stalls.hpp"
#include "experiments/loadgen/wire/request_stream.hpp"
#include "shared/measure/histogram.hpp"

namespace iolab::loadgen {

/// What one thread saw of one slice; merged over threads it is what the slice's line reports.
struct SliceCounts {
  Histogram service;   // sent -> reply
  Histogram response;  // intended -> reply; only in an open loop, as are the next six
  Histogram send_lag;  // intended -> sent
  std::uint64_t scheduled = 0;
  std::uint64_t in_time = 0;    // answered before the schedule's end, or tolerably late
  std::uint64_t late = 0;       // sent, but later than tolerated
  std::uint64_t skipped = 0;    // never sent
  std::uint64_t timed_out = 0;  // sent and never answered
  bool open = false;
  Nanoseconds counted_from_ns = 0;  // requests due earlier are in no histogram

  Histogram connect;                     // of connections opened within the slice
  std::uint64_t messages = 0;            // replies that were right
  Nanoseconds ramped_ns = 0;             // in a closed loop: all connections had been asked
  Nanoseconds end_ns = 0;                // the last reply; this and the above by now_ns()
  Nanoseconds generator_cpu_ns = 0;      // without the next
  Nanoseconds generator_spin_ns = 0;     // polled because the next request was nearly due
  Nanoseconds generator_busiest_ns = 0;  // of generator_cpu_ns, the thread with most
  std::uint64_t min_per_connection = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t max_per_connection = 0;

  Responses responses;  // each by itself, as in `response`
  Stalls stalls;        // of the generator's own threads; only in an open loop

  std::optional<IntervalSeries> series;            // if one is wanted
  std::vector<IntervalSeries::Buckets> intervals;  // what it gave

  /// Not in the lead-in: the histograms have it.
  [[nodiscard]] bool counted(Nanoseconds due_ns) const { return due_ns >= counted_from_ns; }

  void count_reply(const Request& request, Nanoseconds now_ns) {
    ++messages;
    if (series) series->record(now_ns, now_ns - (open ? request.intended_ns : request.sent_ns));
    if (!counted(request.intended_ns)) return;
    service.record(now_ns - request.sent_ns);
    if (open) count_response(request.intended_ns, now_ns);
  }

  /// A request of an open loop that was due then is answered, or given up, now.
  void count_response(Nanoseconds due_ns, Nanoseconds now_ns) {
    if (!counted(due_ns)) return;
    response.record(now_ns - due_ns);
    responses.push_back({due_ns, now_ns - due_ns});
  }

  /// Empties it for a new slice without giving up its memory.
  void clear();
  void merge(const SliceCounts& other);
};

}  // namespace iolab::loadgen
