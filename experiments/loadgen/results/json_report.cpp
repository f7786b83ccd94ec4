#include "experiments/loadgen/results/json_report.hpp"

#include <string>

#include "experiments/loadgen/results/histogram_codec.hpp"

namespace iolab::loadgen {
namespace {

template <typename T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

// [[ns since the slice's begin, length in ns], ...]
Json since_begin(const Stalls& stalls, const SliceResult& slice) {
  Json list = Json::array();
  for (const Stall& one : stalls) {
    list.push_back({one.begin_ns - slice.clock_ns, one.length_ns});
  }
  return list;
}

}  // namespace

void JsonReport::begin_run() {
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
  line["lead_in_ns"] = options_.lead_in_ns;
  line["interval_ns"] = options_.interval_ns;
  line["verify"] = options_.verify;
  line["idle"] = options_.idle;
  line["churn"] = options_.churn;
  line["targets"] = Json::array();
  for (const Target& target : options_.targets) line["targets"].push_back(target.name);
  write_line(file_, line);
}

void JsonReport::add(const SliceResult& slice) {
  write_line(file_, slice_line(slice));
  add_intervals(slice);
}

Json JsonReport::slice_line(const SliceResult& slice) const {
  const SliceCounts& counts = slice.counts;
  Json line = {{"schema", schema}, {"kind", "slice"}, {"round", slice.round}};
  line["position"] = slice.position;
  line["target"] = options_.targets[slice.target].name;
  line["begin_ns"] = slice.begin_ns;
  line["duration_ns"] = slice.duration_ns;
  if (slice.ramp_ns) line["ramp_ns"] = *slice.ramp_ns;
  line["messages"] = counts.messages;
  line["server_cpu_ns"] = or_null(slice.server_cpu_ns);
  line["generator_cpu_ns"] = counts.generator_cpu_ns;
  line["generator_spin_ns"] = counts.generator_spin_ns;
  line["generator_busiest_ns"] = counts.generator_busiest_ns;
  line["machine_busy_ns"] = or_null(slice.machine_busy_ns);
  line["steal_ns"] = or_null(slice.steal_ns);
  line["service"] = summarize(counts.service);
  if (counts.open) {
    line["response"] = summarize(counts.response);
    line["send_lag"] = summarize(counts.send_lag);
    line["scheduled"] = counts.scheduled;
    line["in_time"] = counts.in_time;
    line["late"] = counts.late;
    line["skipped"] = counts.skipped;
    line["timed_out"] = counts.timed_out;
    line["undisturbed"] = summarize(slice.undisturbed);
    line["generator_stalls"] = since_begin(counts.stalls, slice);
    line["server_stalls"] = slice.server_stalls ? since_begin(*slice.server_stalls, slice) : Json();
  }
  if (options_.churn > 0) line["connect"] = summarize(counts.connect);
  line["fairness"] = {{"min_messages", counts.min_per_connection},
                      {"max_messages", counts.max_per_connection}};
  return line;
}

void JsonReport::add_intervals(const SliceResult& slice) {
  Nanoseconds offset = 0;
  for (const auto& buckets : slice.counts.intervals) {
    const Nanoseconds length = interval_length(options_.interval_ns, slice.duration_ns - offset);
    const Histogram histogram = to_histogram(buckets);
    write_line(file_, {{"schema", schema},
                       {"kind", "interval"},
                       {"round", slice.round},
                       {"target", options_.targets[slice.target].name},
                       {"begin_ns", slice.begin_ns + offset},
                       {"duration_ns", length},
                       {"messages", histogram.count()},
                       {"latency", slice.counts.open ? "response" : "service"},
                       {"distribution", summarize(histogram)}});
    offset += options_.interval_ns;
  }
}

void JsonReport::add_summary(std::size_t target, const TargetTotal& total, bool interrupted) {
  Json histograms = {{"service", encode_histogram(total.service)}};
  if (options_.rate_per_s) {
    histograms["response"] = encode_histogram(total.response);
    histograms["send_lag"] = encode_histogram(total.send_lag);
    histograms["undisturbed"] = encode_histogram(total.undisturbed);
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

void JsonReport::add_complaint(std::optional<std::size_t> target, bool wrong_reply,
                               const std::string& text) {
  write_line(file_, {{"schema", schema},
                     {"kind", "complaint"},
                     {"target", target ? Json(options_.targets[*target].name) : Json()},
                     {"wrong_reply", wrong_reply},
                     {"text", text}});
}

}  // namespace iolab::loadgen
