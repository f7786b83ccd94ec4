#pragma once

#include <cstddef>
#include <cstdint>

#include "experiments/loadgen/results/slice_result.hpp"
#include "shared/measure/histogram.hpp"

namespace iolab::loadgen {

/// What was seen of one target in all its slices.
struct TargetTotal {
  Histogram service;
  Histogram response;
  Histogram send_lag;
  Histogram undisturbed;
  std::uint64_t messages = 0;
  std::uint64_t errors = 0;
  std::size_t idle_closed = 0;

  void add(const SliceResult& slice);
};

}  // namespace iolab::loadgen
