#pragma once

#include <cstdio>
#include <nlohmann/json.hpp>

#include "shared/measure/histogram.hpp"

namespace iolab::loadgen {

using Json = nlohmann::ordered_json;

/// The version of the lines' format, written into every line.
constexpr int schema = 1;

/// Writes one object as one line, complete and flushed when the call returns, so that nothing is
/// lost when the process ends early. Throws std::runtime_error if it cannot.
void write_line(std::FILE* file, const Json& line);

/// Count, mean, percentiles and maximum, all in whole nanoseconds.
[[nodiscard]] Json summarize(const Histogram& histogram);

}  // namespace iolab::loadgen
