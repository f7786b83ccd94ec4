#include "experiments/loadgen/results/target_total.hpp"

namespace iolab::loadgen {

void TargetTotal::add(const SliceResult& slice) {
  const SliceCounts& counts = slice.counts;
  messages += counts.messages;
  service.merge(counts.service);
  response.merge(counts.response);
  send_lag.merge(counts.send_lag);
  undisturbed.merge(slice.undisturbed);
}

}  // namespace iolab::loadgen
