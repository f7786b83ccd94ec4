#include "experiments/loadgen/results/target_total.hpp"

namespace iolab::loadgen {

void TargetTotal::add(const SliceCounts& counts) {
  messages += counts.messages;
  service.merge(counts.service);
  response.merge(counts.response);
  send_lag.merge(counts.send_lag);
}

}  // namespace iolab::loadgen
