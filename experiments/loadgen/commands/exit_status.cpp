#include "experiments/loadgen/commands/exit_status.hpp"

#include <cstdio>

#include "experiments/loadgen/system/interrupt.hpp"

namespace iolab::loadgen {

int exit_status_of(const SliceRunner& runner) {
  if (interrupted()) {
    std::fputs("loadgen: interrupted\n", stderr);
    return 130;
  }
  const auto failure = runner.failure();
  if (!failure) return 0;
  std::fprintf(stderr, "loadgen: %s\n", failure->what.c_str());
  return 1;
}

}  // namespace iolab::loadgen
