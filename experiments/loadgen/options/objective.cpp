#include "experiments/loadgen/options/objective.hpp"

#include <charconv>
#include <stdexcept>

#include "shared/program/units.hpp"

namespace iolab::loadgen {

Objective parse_objective(const std::string& text) {
  Objective objective{0, 0};
  const auto colon = text.find(':');
  if (text.starts_with('p') && colon != std::string::npos) {
    const char* const end = text.data() + colon;
    const auto [rest, error] = std::from_chars(text.data() + 1, end, objective.percentile);
    if (error != std::errc{} || rest != end) objective.percentile = 0;
    objective.limit_ns = parse_duration(text.substr(colon + 1)).count();
  }
  if (objective.percentile <= 0 || objective.percentile >= 100 || objective.limit_ns <= 0) {
    throw std::invalid_argument("'" + text +
                                "' is not an objective such as p99:1ms or p99.9:500us");
  }
  return objective;
}

}  // namespace iolab::loadgen
