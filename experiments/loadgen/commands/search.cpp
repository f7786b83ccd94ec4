#include "experiments/loadgen/commands/search.hpp"

#include <algorithm>

#include "experiments/loadgen/commands/exit_status.hpp"
#include "experiments/loadgen/commands/random_order.hpp"
#include "experiments/loadgen/pace/arrivals.hpp"
#include "experiments/loadgen/results/json_lines.hpp"

namespace iolab::loadgen {
namespace {

constexpr double widest_range = 1000.0;

Json to_json(const Objective& objective) {
  return {{"percentile", objective.percentile}, {"limit_ns", objective.limit_ns}};
}

}  // namespace

Search::Search(const SearchOptions& options, std::FILE* output)
    : options_(options), output_(output), runner_(options.run) {}

int Search::run() {
  runner_.prepare();
  std::mt19937_64 random(options_.run.seed);
  if (find_ranges()) {
    for (unsigned trial = 0; trial < options_.trials && !runner_.over(); ++trial) {
      for (const std::size_t target : random_order(progress_.size(), random))
        try_once(trial, target);
    }
    write_results();
  }
  return exit_status_of(runner_);
}

// No rate is sustained that a closed loop, always busy, does not reach.
bool Search::find_ranges() {
  for (std::size_t target = 0; target < options_.run.targets.size(); ++target) {
    if (options_.highest_per_s > 0) {
      progress_.push_back({RateEstimator(options_.lowest_per_s, options_.highest_per_s)});
      continue;
    }
    const auto* slice = runner_.run_slice(target, options_.run.slice_ns, std::nullopt);
    if (!slice) return false;
    const double ceiling =
        static_cast<double>(slice->counts.messages) * 1e9 / static_cast<double>(slice->duration_ns);
    progress_.push_back({RateEstimator(ceiling / widest_range, ceiling * 1.25)});
  }
  return true;
}

void Search::try_once(unsigned trial, std::size_t target) {
  Progress& progress = progress_[target];
  const double rate = progress.search.next_rate();
  const auto* slice =
      runner_.run_slice(target, options_.run.slice_ns,
                        SlicePlan::OfferedLoad{rate, arrival_seed(options_.run.seed, trial)});
  if (!slice) return;
  const bool kept = keeps_objective(*slice);
  progress.search.note(rate, kept);
  ++progress.trials;
  const Nanoseconds lag_ns = slice->counts.send_lag.percentile_ns(options_.objective.percentile);
  if (lag_ns > options_.objective.limit_ns / 10) ++progress.client_bound;
  write_line(output_, {{"schema", schema},
                       {"kind", "trial"},
                       {"target", options_.run.targets[target].name},
                       {"trial", trial},
                       {"rate_per_s", rate},
                       {"kept", kept},
                       {"messages", slice->counts.messages},
                       {"duration_ns", slice->duration_ns},
                       {"skipped", slice->counts.skipped},
                       {"timed_out", slice->counts.timed_out},
                       {"response", summarize(slice->counts.response)},
                       {"undisturbed", summarize(slice->undisturbed)},
                       {"send_lag", summarize(slice->counts.send_lag)}});
}

bool Search::keeps_objective(const SliceResult& slice) const {
  Nanoseconds overtime_ns = slice.duration_ns - options_.run.slice_ns;
  for (const Stall& stall : slice.counts.stalls) overtime_ns -= stall.length_ns;
  const bool known = slice.undisturbed.count() > 0;
  const Histogram& latency = known ? slice.undisturbed : slice.counts.response;
  return latency.percentile_ns(options_.objective.percentile) <= options_.objective.limit_ns &&
         slice.counts.skipped == 0 && slice.counts.timed_out == 0 &&
         overtime_ns <= std::max(options_.objective.limit_ns, options_.run.slice_ns / 50);
}

void Search::write_results() {
  for (std::size_t target = 0; target < progress_.size(); ++target) {
    const Progress& progress = progress_[target];
    if (progress.trials == 0) continue;
    const RateEstimator::Estimate estimate = progress.search.estimate();
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
