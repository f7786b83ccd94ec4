#pragma once

#include <random>
#include <vector>

#include "experiments/loadgen/crew.hpp"
#include "experiments/loadgen/report.hpp"

namespace iolab {

// 0 to count-1 in an order that depends only on the state of `random`, on every system alike.
[[nodiscard]] std::vector<std::size_t> shuffled(std::size_t count, std::mt19937_64& random);

// Conducts a whole run: connect, warm up, then round after round, every target once per round.
class Conductor {
 public:
  // `options` must outlive this. Throws std::runtime_error if a target's host or process is
  // unknown.
  Conductor(const RunOptions& options, std::FILE* output);

  // Returns the exit status: 0, 1 after a failure (told on stderr), 130 when interrupted. The
  // summaries of what was measured are written in any case.
  int run();

 private:
  struct Usage {
    std::optional<Nanoseconds> server_ns;
    std::optional<MachineUsage> machine;
  };

  void measure();
  void visit(unsigned round, std::size_t position, std::size_t target);
  [[nodiscard]] Usage usage(std::size_t target) const;
  [[nodiscard]] bool over() const;
  int conclude();

  const RunOptions& options_;
  std::vector<Endpoint> servers_;
  std::vector<std::optional<ProcessCpuClock>> cpu_clocks_;
  WirePattern pattern_;
  RunState state_;
  Crew crew_;
  Report report_;
  std::vector<TargetTotal> totals_;
  Nanoseconds epoch_ns_ = 0;
};

}  // namespace iolab
