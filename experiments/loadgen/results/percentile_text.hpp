#pragma once

#include <string>

#include "shared/measure/histogram.hpp"

namespace iolab::loadgen {

/// The distribution as the text that HdrHistogram's tools and its public plotter read (.hgrm):
/// value in microseconds, percentile as a fraction, count up to there, 1/(1-percentile); five steps
/// per halving of the distance to 100 %.
[[nodiscard]] std::string percentile_text(const Histogram& histogram);

}  // namespace iolab::loadgen
