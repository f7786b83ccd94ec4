#include "experiments/loadgen/search.hpp"

#include <algorithm>

#include "experiments/loadgen/conductor.hpp"
#include "experiments/loadgen/json_lines.hpp"
#include "experiments/loadgen/random_order.hpp"

namespace iolab::loadgen {
namespace {

constexpr int schema = 1;
constexpr double widest_range = 1000.0;

Json to_json(const Objective& objective) {
  return {{"percentile", objective.percentile}, {"limit_ns", objective.limit_ns}};
}

}  // namespace

Search::Search(const SearchOptions& options, std::FILE* output)
    : options_(options), output_(output), rig_(options.run) {}

int Search::run() {
  rig_.prepare();
  std::mt19937_64 random(options_.run.seed);
  if (find_ranges()) {
    for (unsigned trial = 0; trial < options_.trials && !rig_.over(); ++trial) {
      for (const std::size_t target : random_order(progress_.size(), random))
        try_once(trial, target);
    }
    write_results();
  }
  return conclude(rig_);
}

// No rate is sustained that a closed loop, always busy, does not reach.
bool Search::find_ranges() {
  for (std::size_t target = 0; target < options_.run.targets.size(); ++target) {
    const auto slice = rig_.visit(target, options_.run.slice_ns, std::nullopt);
    if (!slice) return false;
    const double ceiling =
        static_cast<double>(slice->tally.messages) * 1e9 / static_cast<double>(slice->duration_ns);
    progress_.push_back({RateSearch(ceiling / widest_range, ceiling * 1.25)});
  }
  return true;
}

void Search::try_once(unsigned trial, std::size_t target) {
  Progress& progress = progress_[target];
  const double rate = progress.search.next_rate();
  const auto slice = rig_.visit(target, options_.run.slice_ns,
                                Visit::Open{rate, arrival_seed(options_.run.seed, trial)});
  if (!slice) return;
  const bool kept = keeps_objective(*slice);
  progress.search.note(rate, kept);
  ++progress.trials;
  const Nanoseconds lag_ns = slice->tally.send_lag.percentile_ns(options_.objective.percentile);
  if (lag_ns > options_.objective.limit_ns / 10) ++progress.client_bound;
  write_line(output_, {{"schema", schema},
                       {"kind", "trial"},
                       {"target", options_.run.targets[target].name},
                       {"trial", trial},
                       {"rate_per_s", rate},
                       {"kept", kept},
                       {"messages", slice->tally.messages},
                       {"duration_ns", slice->duration_ns},
                       {"skipped", slice->tally.skipped},
                       {"timed_out", slice->tally.timed_out},
                       {"response", summarize(slice->tally.response)},
                       {"send_lag", summarize(slice->tally.send_lag)}});
}

bool Search::keeps_objective(const Slice& slice) const {
  const Nanoseconds overtime_ns = slice.duration_ns - options_.run.slice_ns;
  return slice.tally.response.percentile_ns(options_.objective.percentile) <=
             options_.objective.limit_ns &&
         slice.tally.skipped == 0 && slice.tally.timed_out == 0 &&
         overtime_ns <= std::max(options_.objective.limit_ns, options_.run.slice_ns / 50);
}

void Search::write_results() {
  for (std::size_t target = 0; target < progress_.size(); ++target) {
    const Progress& progress = progress_[target];
    if (progress.trials == 0) continue;
    const RateSearch::Estimate estimate = progress.search.estimate();
    write_line(output_, {{"schema", schema},
                         {"kind", "result"},
                         {"target", options_.run.targets[target].name},
                         {"objective", to_json(options_.objective)},
                         {"rate_per_s",
                          {{"median", estimate.rate_per_s},
                           {"low", estimate.low_per_s},
                           {"high", estimate.high_per_s}}},
                         {"trials", progress.trials},
                         {"client_bound_trials", progress.client_bound}});
  }
}

}  // namespace iolab::loadgen
