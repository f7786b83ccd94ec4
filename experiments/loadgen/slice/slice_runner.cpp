#include "experiments/loadgen/slice/slice_runner.hpp"

#include <algorithm>
#include <stdexcept>

#include "experiments/loadgen/system/interrupt.hpp"

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

SliceRunner::SliceRunner(const RunOptions& options)
    : options_(options),
      servers_(resolve(options.targets)),
      cpu_clocks_(open_clocks(options.targets)),
      pattern_(options.protocol, options.size,
               std::min(options.depth * options.size, longest_read)),
      workers_(options, servers_, pattern_, first_failure_),
      core_watch_(options.watched_cpus, options.watch_period_ns) {}

bool SliceRunner::over() const {
  return first_failure_.failed() || interrupted();
}

void SliceRunner::run_on_all_threads(const SlicePlan& plan) {
  workers_.each([&](Worker& worker) { worker.run(plan); });
}

void SliceRunner::prepare() {
  workers_.each([](Worker& worker) { worker.connect(); });
  for (std::size_t target = 0; target < servers_.size() && !over(); ++target) {
    const Nanoseconds now = now_ns();
    run_on_all_threads({target, now, now, {}, true});
    run_on_all_threads({target, now, now_ns() + options_.warmup_ns, {}, false});
  }
  epoch_ns_ = now_ns();
}

SliceRunner::Usage SliceRunner::usage(std::size_t target) {
  Usage usage;
  usage.machine = machine_usage();
  if (!cpu_clocks_[target]) return usage;
  usage.server_ns = cpu_clocks_[target]->cpu_ns();
  if (!usage.server_ns) {
    first_failure_.fail({target, "target " + options_.targets[target].name + ": process " +
                                     std::to_string(*options_.targets[target].pid) + " is gone"});
  }
  return usage;
}

SliceResult* SliceRunner::run_slice(std::size_t target, Nanoseconds length_ns,
                                    const std::optional<SlicePlan::OfferedLoad>& offered_load) {
  if (over()) return nullptr;
  core_watch_.forget();
  const Usage before = usage(target);
  const Nanoseconds begin = now_ns();
  run_on_all_threads({target, begin, begin + length_ns, offered_load, false});
  const Usage after = usage(target);
  if (first_failure_.failed()) return nullptr;

  slice_.target = target;
  slice_.clock_ns = begin;
  slice_.begin_ns = begin - epoch_ns_;
  workers_.add_up(slice_.counts);
  slice_.duration_ns = slice_.counts.end_ns - begin;
  slice_.ramp_ns.reset();
  if (!offered_load) slice_.ramp_ns = slice_.counts.ramped_ns - begin;
  note_usage(before, after);
  slice_.server_stalls = core_watch_.found();
  slice_.find_undisturbed();
  return &slice_;
}

void SliceRunner::note_usage(const Usage& before, const Usage& after) {
  slice_.server_cpu_ns.reset();
  slice_.machine_busy_ns.reset();
  slice_.steal_ns.reset();
  if (after.server_ns) slice_.server_cpu_ns = *after.server_ns - *before.server_ns;
  if (!before.machine || !after.machine) return;
  slice_.machine_busy_ns = after.machine->busy_ns - before.machine->busy_ns;
  slice_.steal_ns = after.machine->steal_ns - before.machine->steal_ns;
}

}  // namespace iolab::loadgen
