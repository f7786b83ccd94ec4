#include "experiments/loadgen/rig.hpp"

#include <algorithm>
#include <stdexcept>

#include "experiments/loadgen/interrupt.hpp"

namespace iolab::loadgen {
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

}  // namespace

Rig::Rig(const RunOptions& options)
    : options_(options),
      servers_(resolve(options.targets)),
      cpu_clocks_(open_clocks(options.targets)),
      pattern_(options.protocol, options.size,
               std::min(options.depth * options.size, longest_read)),
      crew_(options, servers_, pattern_, state_) {}

bool Rig::over() const {
  return state_.failed() || interrupted();
}

void Rig::run(const Visit& visit) {
  crew_.each([&](Worker& worker) { worker.run(visit); });
}

void Rig::prepare() {
  crew_.each([](Worker& worker) { worker.connect(); });
  for (std::size_t target = 0; target < servers_.size() && !over(); ++target) {
    const Nanoseconds now = now_ns();
    run({target, now, now, {}, true});
    run({target, now, now_ns() + options_.warmup_ns, {}, false});
  }
  epoch_ns_ = now_ns();
}

Rig::Usage Rig::usage(std::size_t target) {
  Usage usage;
  usage.machine = machine_usage();
  if (!cpu_clocks_[target]) return usage;
  usage.server_ns = cpu_clocks_[target]->cpu_ns();
  if (!usage.server_ns) {
    state_.fail({target, "target " + options_.targets[target].name + ": process " +
                             std::to_string(*options_.targets[target].pid) + " is gone"});
  }
  return usage;
}

std::optional<Slice> Rig::visit(std::size_t target, Nanoseconds length_ns,
                                const std::optional<Visit::Open>& open) {
  if (over()) return std::nullopt;
  const Usage before = usage(target);
  const Nanoseconds begin = now_ns();
  run({target, begin, begin + length_ns, open, false});
  const Usage after = usage(target);
  if (state_.failed()) return std::nullopt;

  Slice slice;
  slice.target = target;
  slice.begin_ns = begin - epoch_ns_;
  slice.tally = crew_.tally();
  slice.duration_ns = slice.tally.end_ns - begin;
  if (!open) slice.ramp_ns = slice.tally.ramped_ns - begin;
  if (after.server_ns) slice.server_cpu_ns = *after.server_ns - *before.server_ns;
  if (before.machine && after.machine) {
    slice.machine_busy_ns = after.machine->busy_ns - before.machine->busy_ns;
    slice.steal_ns = after.machine->steal_ns - before.machine->steal_ns;
  }
  return slice;
}

}  // namespace iolab::loadgen
