#include "experiments/loadgen/commands/yardstick.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "experiments/loadgen/system/system.hpp"

namespace iolab::loadgen {

double yardstick_cost_ns(const std::string& program, const RunOptions& run) {
  const std::string command = program + " " + run.targets[0].port + " " +
                              std::to_string(run.connections) + " " + std::to_string(run.size) +
                              " " + std::to_string(run.slice_ns / 1'000'000);
  const auto result = nlohmann::json::parse(output_of(command), nullptr, false);
  if (result.is_discarded() || !result.contains("messages") || !result.contains("cpu_ns")) {
    throw std::runtime_error("'" + command + "' did not print messages and cpu_ns");
  }
  return result["cpu_ns"].get<double>() / result["messages"].get<double>();
}

}  // namespace iolab::loadgen
