#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>

#include "shared/measure/cpu_usage.hpp"

namespace iolab {
namespace {

Nanoseconds to_ns(const timespec& time) {
  return Nanoseconds{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

Nanoseconds thread_cpu_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return to_ns(time);
}

ProcessCpuClock::ProcessCpuClock(long pid) : pid_(pid) {
  // A clock's number has no room for every pid, and one that does not fit may name another clock:
  // 2^29 would be our own. So ask for the process first; EPERM says that it exists.
  if (::kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH) {
    throw std::runtime_error("process " + std::to_string(pid) + ": " + std::strerror(errno));
  }
  clockid_t clock{};
  // A failure is returned, not set in errno: clock_getcpuclockid(3).
  if (const int error = ::clock_getcpuclockid(static_cast<pid_t>(pid), &clock); error != 0) {
    throw std::runtime_error("process " + std::to_string(pid) + ": " + std::strerror(error));
  }
}

std::optional<Nanoseconds> ProcessCpuClock::cpu_ns() const {
  clockid_t clock{};
  timespec time{};
  if (::clock_getcpuclockid(static_cast<pid_t>(pid_), &clock) != 0) return std::nullopt;
  if (::clock_gettime(clock, &time) != 0) return std::nullopt;
  return to_ns(time);
}

std::optional<MachineUsage> machine_usage() {
  std::ifstream stat("/proc/stat");
  std::string label;
  Nanoseconds user = 0, nice = 0, system = 0, idle = 0, io_wait = 0, irq = 0, soft_irq = 0,
              steal = 0;
  if (!(stat >> label >> user >> nice >> system >> idle >> io_wait >> irq >> soft_irq >> steal)) {
    return std::nullopt;
  }
  const Nanoseconds tick_ns = 1'000'000'000 / ::sysconf(_SC_CLK_TCK);
  return MachineUsage{(user + nice + system + irq + soft_irq) * tick_ns, steal * tick_ns};
}

}  // namespace iolab
