#include "experiments/loadgen/system/interrupt.hpp"

#include <atomic>
#include <csignal>
#include <cstdlib>

namespace iolab::loadgen {
namespace {

std::atomic<int> interrupts = 0;
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler may use nothing else");

void handle_signal(int signal) {
  if (interrupts.fetch_add(1) > 0) std::_Exit(128 + signal);
}

}  // namespace

void catch_interrupts() {
  std::signal(SIGINT, handle_signal);
  std::signal(SIGTERM, handle_signal);
}

bool interrupted() noexcept {
  return interrupts.load(std::memory_order_relaxed) != 0;
}

}  // namespace iolab::loadgen
