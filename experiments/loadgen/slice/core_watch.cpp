#include "experiments/loadgen/slice/core_watch.hpp"

#include "experiments/loadgen/pace/stall_watch.hpp"
#include "experiments/loadgen/system/system.hpp"

namespace iolab::loadgen {

CoreWatch::CoreWatch(std::span<const unsigned> cpus, Nanoseconds period_ns) {
  for (const unsigned cpu : cpus) {
    threads_.emplace_back([this, cpu, period_ns] { watch(cpu, period_ns); });
  }
}

CoreWatch::~CoreWatch() {
  over_ = true;
  for (std::thread& thread : threads_) thread.join();
}

void CoreWatch::watch(unsigned cpu, Nanoseconds period_ns) {
  if (!run_before_all_others_on(cpu)) {
    refused_ = true;
    return;
  }
  for (Nanoseconds due_ns = now_ns(); !over_;) {
    due_ns += period_ns;
    sleep_until(due_ns);
    const Nanoseconds woke_ns = now_ns();
    if (woke_ns - due_ns < StallWatch::shortest_ns) continue;
    const std::lock_guard lock(mutex_);
    found_.push_back({due_ns, woke_ns - due_ns});
    due_ns = woke_ns;
  }
}

void CoreWatch::forget() {
  const std::lock_guard lock(mutex_);
  found_.clear();
}

std::optional<Stalls> CoreWatch::found() {
  if (threads_.empty() || refused_) return std::nullopt;
  const std::lock_guard lock(mutex_);
  return found_;
}

}  // namespace iolab::loadgen
