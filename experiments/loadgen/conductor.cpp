#include "experiments/loadgen/conductor.hpp"

#include "experiments/loadgen/interrupt.hpp"
#include "experiments/loadgen/random_order.hpp"

namespace iolab::loadgen {

Conductor::Conductor(const RunOptions& options, std::FILE* output)
    : options_(options),
      rig_(options),
      report_(output, options),
      exports_(options),
      totals_(options.targets.size()) {}

int Conductor::run() {
  rig_.prepare();
  report_.begin_run();
  exports_.begin();
  measure();
  summarize();
  return conclude(rig_);
}

void Conductor::measure() {
  std::mt19937_64 random(options_.seed);
  for (unsigned round = 0; round < options_.rounds; ++round) {
    const auto order = random_order(options_.targets.size(), random);
    for (std::size_t position = 0; position < order.size(); ++position) {
      if (rig_.over()) return;
      visit(round, position, order[position]);
    }
  }
}

void Conductor::visit(unsigned round, std::size_t position, std::size_t target) {
  std::optional<Visit::Open> open;
  if (options_.rate_per_s) open = {*options_.rate_per_s, arrival_seed(options_.seed, round)};
  auto slice = rig_.visit(target, options_.slice_ns, open);
  if (!slice) return;
  slice->round = round;
  slice->position = position;
  report_.add(*slice);
  exports_.add(*slice);
  totals_[target].add(slice->tally);
}

void Conductor::summarize() {
  const auto failure = rig_.failure();
  if (failure && failure->target && !interrupted()) totals_[*failure->target].errors = 1;
  for (std::size_t i = 0; i < totals_.size(); ++i) {
    totals_[i].idle_closed = rig_.idle_closed(i);
    report_.add_summary(i, totals_[i], interrupted());
    exports_.add_total(i, totals_[i]);
    if (totals_[i].idle_closed == 0) continue;
    std::fprintf(stderr, "loadgen: target %s: closed %zu of %u idle connections\n",
                 options_.targets[i].name.c_str(), totals_[i].idle_closed, options_.idle);
  }
}

int conclude(const Rig& rig) {
  if (interrupted()) {
    std::fputs("loadgen: interrupted\n", stderr);
    return 130;
  }
  const auto failure = rig.failure();
  if (!failure) return 0;
  std::fprintf(stderr, "loadgen: %s\n", failure->what.c_str());
  return 1;
}

}  // namespace iolab::loadgen
