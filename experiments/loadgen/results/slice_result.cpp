#include "experiments/loadgen/results/slice_result.hpp"

namespace iolab::loadgen {

void SliceResult::find_undisturbed() {
  undisturbed.clear();
  if (!counts.open) return;
  Disturbances disturbances;
  disturbances.add(counts.stalls, Disturbances::shortest_ns);
  if (server_stalls) disturbances.add(*server_stalls, Disturbances::shortest_of_servers_ns);
  for (const Response& one : counts.responses) {
    if (!disturbances.at(one.due_ns)) undisturbed.record(one.took_ns);
  }
}

}  // namespace iolab::loadgen
