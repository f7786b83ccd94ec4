#include "experiments/loadgen/report.hpp"

#include <cerrno>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace iolab {
namespace {

using Json = nlohmann::ordered_json;

constexpr int schema = 1;

template <typename T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
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

Json sparse(const Histogram& histogram) {
  Json pairs = Json::array();
  for (const auto& bucket : histogram.buckets()) {
    pairs.push_back(Json::array({bucket.highest_ns, bucket.count}));
  }
  return pairs;
}

void write_line(std::FILE* file, const Json& line) {
  const std::string text = line.dump() + '\n';
  if (std::fwrite(text.data(), 1, text.size(), file) != text.size() || std::fflush(file) != 0) {
    throw std::runtime_error(std::string("cannot write results: ") + std::strerror(errno));
  }
}

}  // namespace

void Report::begin_run() {
  Json names = Json::array();
  for (const Target& target : options_.targets) names.push_back(target.name);
  write_line(file_, {{"schema", schema},
                     {"kind", "run"},
                     {"seed", options_.seed},
                     {"protocol", options_.protocol == Protocol::echo ? "echo" : "framed"},
                     {"connections", options_.connections},
                     {"size", options_.size},
                     {"depth", options_.depth},
                     {"threads", options_.threads},
                     {"slice_ns", options_.slice_ns},
                     {"rounds", options_.rounds},
                     {"warmup_ns", options_.warmup_ns},
                     {"verify", options_.verify},
                     {"mode", "closed"},
                     {"rate_per_s", nullptr},
                     {"targets", names}});
}

void Report::add(const Slice& slice) {
  const Tally& tally = slice.tally;
  write_line(file_, {{"schema", schema},
                     {"kind", "slice"},
                     {"round", slice.round},
                     {"position", slice.position},
                     {"target", options_.targets[slice.target].name},
                     {"begin_ns", slice.begin_ns},
                     {"duration_ns", slice.duration_ns},
                     {"messages", tally.messages},
                     {"server_cpu_ns", or_null(slice.server_cpu_ns)},
                     {"generator_cpu_ns", tally.generator_cpu_ns},
                     {"machine_busy_ns", or_null(slice.machine_busy_ns)},
                     {"steal_ns", or_null(slice.steal_ns)},
                     {"service", summarize(tally.service)},
                     {"fairness",
                      {{"min_messages", tally.min_per_connection},
                       {"max_messages", tally.max_per_connection}}}});
}

void Report::add_summary(std::size_t target, const TargetTotal& total, bool interrupted) {
  write_line(file_, {{"schema", schema},
                     {"kind", "summary"},
                     {"target", options_.targets[target].name},
                     {"messages", total.messages},
                     {"errors", total.errors},
                     {"interrupted", interrupted},
                     {"histograms", {{"service", sparse(total.service)}}}});
}

}  // namespace iolab
