#include "experiments/loadgen/report.hpp"

#include <string>

namespace iolab::loadgen {
namespace {

constexpr int schema = 1;

template <typename T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

}  // namespace

void TargetTotal::add(const Tally& tally) {
  messages += tally.messages;
  service.merge(tally.service);
  response.merge(tally.response);
  send_lag.merge(tally.send_lag);
}

void Report::begin_run() {
  const bool open = options_.rate_per_s.has_value();
  const bool uniform = options_.arrivals == ArrivalProcess::uniform;
  Json line = {{"schema", schema}, {"kind", "run"}, {"seed", options_.seed}};
  line["protocol"] = options_.protocol == Protocol::echo ? "echo" : "framed";
  line["connections"] = options_.connections;
  line["size"] = options_.size;
  line["depth"] = options_.depth;
  line["slice_ns"] = options_.slice_ns;
  line["rounds"] = options_.rounds;
  line["mode"] = open ? "open" : "closed";
  line["rate_per_s"] = or_null(options_.rate_per_s);
  line["arrivals"] = open ? Json(uniform ? "uniform" : "poisson") : Json(nullptr);
  line["threads"] = options_.threads;
  line["warmup_ns"] = options_.warmup_ns;
  line["timeout_ns"] = options_.timeout_ns;
  line["late_ns"] = options_.late_ns;
  line["spin_ns"] = options_.spin_ns;
  line["interval_ns"] = options_.interval_ns;
  line["verify"] = options_.verify;
  line["idle"] = options_.idle;
  line["churn"] = options_.churn;
  line["targets"] = Json::array();
  for (const Target& target : options_.targets) line["targets"].push_back(target.name);
  write_line(file_, line);
}

void Report::add(const Slice& slice) {
  write_line(file_, slice_line(slice));
  add_intervals(slice);
}

Json Report::slice_line(const Slice& slice) const {
  const Tally& tally = slice.tally;
  Json line = {{"schema", schema}, {"kind", "slice"}, {"round", slice.round}};
  line["position"] = slice.position;
  line["target"] = options_.targets[slice.target].name;
  line["begin_ns"] = slice.begin_ns;
  line["duration_ns"] = slice.duration_ns;
  if (slice.ramp_ns) line["ramp_ns"] = *slice.ramp_ns;
  line["messages"] = tally.messages;
  line["server_cpu_ns"] = or_null(slice.server_cpu_ns);
  line["generator_cpu_ns"] = tally.generator_cpu_ns;
  line["generator_spin_ns"] = tally.generator_spin_ns;
  line["generator_busiest_ns"] = tally.generator_busiest_ns;
  line["machine_busy_ns"] = or_null(slice.machine_busy_ns);
  line["steal_ns"] = or_null(slice.steal_ns);
  line["service"] = summarize(tally.service);
  if (tally.open) {
    line["response"] = summarize(tally.response);
    line["send_lag"] = summarize(tally.send_lag);
    line["scheduled"] = tally.scheduled;
    line["in_time"] = tally.in_time;
    line["late"] = tally.late;
    line["skipped"] = tally.skipped;
    line["timed_out"] = tally.timed_out;
  }
  if (options_.churn > 0) line["connect"] = summarize(tally.connect);
  line["fairness"] = {{"min_messages", tally.min_per_connection},
                      {"max_messages", tally.max_per_connection}};
  return line;
}

void Report::add_intervals(const Slice& slice) {
  Nanoseconds offset = 0;
  for (const auto& buckets : slice.tally.intervals) {
    const Nanoseconds length = interval_length(options_.interval_ns, slice.duration_ns - offset);
    const Histogram histogram = to_histogram(buckets);
    write_line(file_, {{"schema", schema},
                       {"kind", "interval"},
                       {"round", slice.round},
                       {"target", options_.targets[slice.target].name},
                       {"begin_ns", slice.begin_ns + offset},
                       {"duration_ns", length},
                       {"messages", histogram.count()},
                       {"latency", slice.tally.open ? "response" : "service"},
                       {"distribution", summarize(histogram)}});
    offset += options_.interval_ns;
  }
}

void Report::add_summary(std::size_t target, const TargetTotal& total, bool interrupted) {
  Json histograms = {{"service", sparse(total.service)}};
  if (options_.rate_per_s) {
    histograms["response"] = sparse(total.response);
    histograms["send_lag"] = sparse(total.send_lag);
  }
  write_line(file_, {{"schema", schema},
                     {"kind", "summary"},
                     {"target", options_.targets[target].name},
                     {"messages", total.messages},
                     {"errors", total.errors},
                     {"interrupted", interrupted},
                     {"idle_closed", total.idle_closed},
                     {"histograms", histograms}});
}

}  // namespace iolab::loadgen
