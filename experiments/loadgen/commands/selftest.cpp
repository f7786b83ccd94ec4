#include "experiments/loadgen/commands/selftest.hpp"

#include <algorithm>
#include <memory>

#include "experiments/loadgen/commands/exit_status.hpp"
#include "experiments/loadgen/commands/selftest_server.hpp"
#include "experiments/loadgen/commands/yardstick.hpp"
#include "experiments/loadgen/pace/arrivals.hpp"
#include "experiments/loadgen/results/json_lines.hpp"
#include "experiments/loadgen/slice/slice_runner.hpp"
#include "experiments/loadgen/system/system.hpp"

namespace iolab::loadgen {
namespace {

constexpr unsigned pipeline_depth = 16;
constexpr double ns_per_us = 1000.0;

double to_us(Nanoseconds time_ns) {
  return static_cast<double>(time_ns) / ns_per_us;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

double cpu_per_message_ns(const SliceResult& slice) {
  return static_cast<double>(slice.counts.generator_cpu_ns) /
         static_cast<double>(slice.counts.messages);
}

class Selftest {
 public:
  Selftest(const SelftestOptions& options, std::FILE* output) : options_(options), output_(output) {
    set_stage();
  }

  int run() {
    measure_clock();
    int status = measure_ceiling(1);
    if (status == 0) status = measure_ceiling(pipeline_depth);
    if (status == 0) status = measure_timing();
    if (status == 0 && !options_.yardstick.empty()) status = measure_yardstick();
    return status;
  }

 private:
  // Sink and generator on CPUs of their own, if there are two; a given target is left alone.
  void set_stage() {
    run_ = options_.run;
    const unsigned cpus = usable_cpus();
    if (run_.targets.empty()) {
      server_ = std::make_unique<SelftestServer>(cpus > 1 ? static_cast<int>(cpus - 1) : -1);
      run_.protocol = Protocol::echo;
      run_.targets = {{"selftest", "127.0.0.1", std::to_string(server_->port()), std::nullopt}};
      if (cpus > 1 && run_.threads == 1) static_cast<void>(pin_thread(0));
    }
    run_.targets.resize(1);
  }

  void say(const std::string& sentence, const Json& line) {
    if (options_.json) return write_line(output_, line);
    std::fprintf(output_, "%s\n", sentence.c_str());
    std::fflush(output_);
  }

  template <typename... Values>
  static std::string format(const char* text, Values... values) {
    char line[256];
    std::snprintf(line, sizeof line, text, values...);
    return line;
  }

  void measure_clock() {
    constexpr int calls = 1'000'000;
    const Nanoseconds begin = now_ns();
    Nanoseconds last = begin, smallest_step = Histogram::highest_value_ns;
    for (int i = 0; i < calls; ++i) {
      const Nanoseconds now = now_ns();
      if (now != last) smallest_step = std::min(smallest_step, now - last);
      last = now;
    }
    const double cost_ns = static_cast<double>(last - begin) / calls;
    say(format("Clock: %.1f ns a reading, smallest step seen %lld ns.", cost_ns,
               static_cast<long long>(smallest_step)),
        {{"schema", schema},
         {"kind", "clock"},
         {"cost_ns", cost_ns},
         {"smallest_step_ns", smallest_step}});
  }

  int measure_ceiling(unsigned depth) {
    RunOptions run = run_;
    run.depth = depth;
    SliceRunner runner(run);
    runner.prepare();
    std::vector<double> rates, costs;
    for (unsigned round = 0; round < run.rounds; ++round) {
      const auto* slice = runner.run_slice(0, run.slice_ns, std::nullopt);
      if (!slice) return exit_status_of(runner);
      rates.push_back(static_cast<double>(slice->counts.messages) * 1e9 /
                      static_cast<double>(slice->duration_ns));
      costs.push_back(cpu_per_message_ns(*slice));
    }
    const double ceiling = 1e9 * run.threads / median(costs);
    say(format("Closed loop, %u connections, depth %u: %.0f messages/s; %.3f us of its own CPU a "
               "message, "
               "so never more than %.0f/s.",
               run.connections, depth, median(rates), median(costs) / ns_per_us, ceiling),
        {{"schema", schema},
         {"kind", "ceiling"},
         {"connections", run.connections},
         {"depth", depth},
         {"rate_per_s", median(rates)},
         {"generator_cpu_ns_per_message", median(costs)},
         {"ceiling_per_s", ceiling}});
    return 0;
  }

  int measure_timing() {
    SliceRunner runner(run_);
    runner.prepare();
    SliceCounts sum;
    for (unsigned round = 0; round < run_.rounds; ++round) {
      const auto* slice = runner.run_slice(
          0, run_.slice_ns,
          SlicePlan::OfferedLoad{*run_.rate_per_s, arrival_seed(run_.seed, round)});
      if (!slice) return exit_status_of(runner);
      sum.merge(slice->counts);
    }
    const Histogram& lag = sum.send_lag;
    say(format("Open loop, %u connections, %.0f/s: requests leave p50 %.1f, p99 %.1f, p99.9 %.1f, "
               "at most "
               "%.1f us after their time; %.1f %% of a CPU, without waiting.",
               run_.connections, *run_.rate_per_s, to_us(lag.percentile_ns(50)),
               to_us(lag.percentile_ns(99)), to_us(lag.percentile_ns(99.9)), to_us(lag.max_ns()),
               100.0 * static_cast<double>(sum.generator_cpu_ns) /
                   static_cast<double>(run_.slice_ns * run_.rounds)),
        {{"schema", schema},
         {"kind", "timing"},
         {"connections", run_.connections},
         {"rate_per_s", *run_.rate_per_s},
         {"scheduled", sum.scheduled},
         {"late", sum.late},
         {"skipped", sum.skipped},
         {"generator_cpu_ns", sum.generator_cpu_ns},
         {"generator_spin_ns", sum.generator_spin_ns},
         {"send_lag", summarize(lag)},
         {"response", summarize(sum.response)}});
    return 0;
  }

  int measure_yardstick() {
    RunOptions run = run_;
    run.depth = 1;
    SliceRunner runner(run);
    runner.prepare();
    std::vector<double> costs, yardsticks, ratios;
    for (unsigned round = 0; round < run.rounds; ++round) {
      const auto* slice = runner.run_slice(0, run.slice_ns, std::nullopt);
      if (!slice) return exit_status_of(runner);
      costs.push_back(cpu_per_message_ns(*slice));
      yardsticks.push_back(yardstick_cost_ns(options_.yardstick, run_));
      ratios.push_back(costs.back() / yardsticks.back());
    }
    say(format("Against the yardstick, %u connections, depth 1: %.3f us of CPU a message to its "
               "%.3f us, "
               "ratio %.3f (median of %u turns).",
               run.connections, median(costs) / ns_per_us, median(yardsticks) / ns_per_us,
               median(ratios), run.rounds),
        {{"schema", schema},
         {"kind", "yardstick"},
         {"connections", run.connections},
         {"generator_cpu_ns_per_message", median(costs)},
         {"yardstick_cpu_ns_per_message", median(yardsticks)},
         {"ratio", median(ratios)},
         {"ratios", ratios}});
    return 0;
  }

  const SelftestOptions& options_;
  std::FILE* output_;
  RunOptions run_;
  std::unique_ptr<SelftestServer> server_;
};

}  // namespace

int selftest(const SelftestOptions& options, std::FILE* output) {
  return Selftest(options, output).run();
}

}  // namespace iolab::loadgen
