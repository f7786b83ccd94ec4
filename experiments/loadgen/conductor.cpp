#include "experiments/loadgen/conductor.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include "experiments/loadgen/interrupt.hpp"

namespace iolab {
namespace {

constexpr std::size_t longest_read = 64 * 1024;

std::vector<Endpoint> resolve(const std::vector<Target>& targets) {
  boost::asio::io_context io;
  boost::asio::ip::tcp::resolver resolver(io);
  std::vector<Endpoint> endpoints;
  for (const Target& target : targets) {
    boost::system::error_code error;
    const auto found = resolver.resolve(target.host, target.port, error);
    if (error) {
      throw std::runtime_error("target " + target.name + ": cannot resolve '" + target.host +
                               "': " + error.message());
    }
    endpoints.push_back(found.begin()->endpoint());
  }
  return endpoints;
}

std::vector<std::optional<ProcessCpuClock>> open_clocks(const std::vector<Target>& targets) {
  std::vector<std::optional<ProcessCpuClock>> clocks(targets.size());
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (!targets[i].pid) continue;
    try {
      clocks[i].emplace(*targets[i].pid);
    } catch (const std::runtime_error& error) {
      throw std::runtime_error("target " + targets[i].name + ": " + error.what());
    }
  }
  return clocks;
}

std::optional<Nanoseconds> difference(const std::optional<Nanoseconds>& after,
                                      const std::optional<Nanoseconds>& before) {
  if (!after || !before) return std::nullopt;
  return *after - *before;
}

}  // namespace

std::vector<std::size_t> shuffled(std::size_t count, std::mt19937_64& random) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  // Fisher and Yates by hand: std::shuffle may differ between libraries.
  for (std::size_t i = count; i > 1; --i) std::swap(order[i - 1], order[random() % i]);
  return order;
}

Conductor::Conductor(const RunOptions& options, std::FILE* output)
    : options_(options),
      servers_(resolve(options.targets)),
      cpu_clocks_(open_clocks(options.targets)),
      pattern_(options.protocol, options.size, std::min(options.depth * options.size, longest_read)),
      crew_(options, servers_, pattern_, state_),
      report_(output, options),
      totals_(options.targets.size()) {}

int Conductor::run() {
  crew_.each([](Worker& worker) { worker.connect(); });
  for (std::size_t target = 0; target < servers_.size() && !over(); ++target) {
    const Nanoseconds deadline = now_ns() + options_.warmup_ns;
    crew_.each([&](Worker& worker) { worker.run_closed(target, deadline); });
  }
  report_.begin_run();
  measure();
  return conclude();
}

bool Conductor::over() const { return state_.failed() || interrupted(); }

void Conductor::measure() {
  std::mt19937_64 random(options_.seed);
  epoch_ns_ = now_ns();
  for (unsigned round = 0; round < options_.rounds; ++round) {
    const auto order = shuffled(servers_.size(), random);
    for (std::size_t position = 0; position < order.size(); ++position) {
      if (over()) return;
      visit(round, position, order[position]);
    }
  }
}

Conductor::Usage Conductor::usage(std::size_t target) const {
  Usage usage;
  if (cpu_clocks_[target]) usage.server_ns = cpu_clocks_[target]->cpu_ns();
  usage.machine = machine_usage();
  return usage;
}

void Conductor::visit(unsigned round, std::size_t position, std::size_t target) {
  const Usage before = usage(target);
  const Nanoseconds begin = now_ns();
  crew_.each([&](Worker& worker) { worker.run_closed(target, begin + options_.slice_ns); });
  const Usage after = usage(target);
  // A slice cut short by a failure is not reported: its rate was not seen.
  if (state_.failed()) return;

  Slice slice{round, position, target, begin - epoch_ns_, 0, {}, {}, {}, crew_.tally()};
  slice.duration_ns = slice.tally.last_reply_ns - begin;
  slice.server_cpu_ns = difference(after.server_ns, before.server_ns);
  if (before.machine && after.machine) {
    slice.machine_busy_ns = after.machine->busy_ns - before.machine->busy_ns;
    slice.steal_ns = after.machine->steal_ns - before.machine->steal_ns;
  }
  report_.add(slice);
  totals_[target].messages += slice.tally.messages;
  totals_[target].service.merge(slice.tally.service);
}

int Conductor::conclude() {
  const auto failure = state_.failure();
  const bool cut_short = interrupted();
  if (failure && failure->target && !cut_short) totals_[*failure->target].errors = 1;
  for (std::size_t i = 0; i < totals_.size(); ++i) report_.add_summary(i, totals_[i], cut_short);
  if (cut_short) {
    std::fputs("loadgen: interrupted\n", stderr);
    return 130;
  }
  if (!failure) return 0;
  std::fprintf(stderr, "loadgen: %s\n", failure->what.c_str());
  return 1;
}

}  // namespace iolab
