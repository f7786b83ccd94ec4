#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "experiments/loadgen/options/options.hpp"

namespace iolab::loadgen {

/// What a run printed and how it ended.
struct Outcome {
  int status;
  std::vector<nlohmann::json> lines;
  std::string errors;

  [[nodiscard]] std::vector<nlohmann::json> of_kind(const std::string& kind) const;
  [[nodiscard]] nlohmann::json summary(const std::string& target = "x") const;
};

/// Options for a short run against one server on loopback, called x.
[[nodiscard]] RunOptions short_run(std::uint16_t port);

/// Runs in this process.
[[nodiscard]] Outcome run(const RunOptions& options);
[[nodiscard]] Outcome run(const SearchOptions& options);

}  // namespace iolab::loadgen
