#include "experiments/loadgen/commands/round_runner.hpp"

#include "experiments/loadgen/commands/exit_status.hpp"
#include "experiments/loadgen/commands/random_order.hpp"
#include "experiments/loadgen/pace/arrivals.hpp"
#include "experiments/loadgen/system/interrupt.hpp"

namespace iolab::loadgen {

RoundRunner::RoundRunner(const RunOptions& options, std::FILE* output)
    : options_(options),
      runner_(options),
      report_(output, options),
      hdr_files_(options),
      totals_(options.targets.size()) {}

int RoundRunner::run() {
  runner_.prepare();
  report_.begin_run();
  hdr_files_.begin();
  measure();
  summarize();
  return exit_status_of(runner_);
}

void RoundRunner::measure() {
  std::mt19937_64 random(options_.seed);
  for (unsigned round = 0; round < options_.rounds; ++round) {
    const auto order = random_order(options_.targets.size(), random);
    for (std::size_t position = 0; position < order.size(); ++position) {
      if (runner_.over()) return;
      run_slice(round, position, order[position]);
    }
  }
}

void RoundRunner::run_slice(unsigned round, std::size_t position, std::size_t target) {
  std::optional<SlicePlan::OfferedLoad> open;
  if (options_.rate_per_s) open = {*options_.rate_per_s, arrival_seed(options_.seed, round)};
  auto* slice = runner_.run_slice(target, options_.slice_ns, open);
  if (!slice) return;
  slice->round = round;
  slice->position = position;
  report_.add(*slice);
  hdr_files_.add(*slice);
  totals_[target].add(*slice);
}

void RoundRunner::summarize() {
  const auto failure = runner_.failure();
  if (failure && failure->target && !interrupted()) totals_[*failure->target].errors = 1;
  for (std::size_t i = 0; i < totals_.size(); ++i) {
    totals_[i].idle_closed = runner_.idle_closed(i);
    report_.add_summary(i, totals_[i], interrupted());
    hdr_files_.add_total(i, totals_[i]);
    if (totals_[i].idle_closed == 0) continue;
    std::fprintf(stderr, "loadgen: target %s: closed %zu of %u idle connections\n",
                 options_.targets[i].name.c_str(), totals_[i].idle_closed, options_.idle);
  }
  if (failure && !interrupted()) {
    report_.add_complaint(failure->target, failure->wrong_reply, failure->what);
  }
}

}  // namespace iolab::loadgen
