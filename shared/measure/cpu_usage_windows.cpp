#include <windows.h>

#include <string>

#include "shared/measure/cpu_usage.hpp"

namespace iolab {
namespace {

Nanoseconds to_ns(const FILETIME& time) {
  const auto ticks = (static_cast<std::int64_t>(time.dwHighDateTime) << 32) | time.dwLowDateTime;
  return ticks * 100;
}

std::optional<Nanoseconds> query_process(long pid) {
  const HANDLE process =
      ::OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, static_cast<DWORD>(pid));
  if (process == nullptr) return std::nullopt;
  FILETIME created{}, ended{}, kernel{}, user{};
  const BOOL known = ::GetProcessTimes(process, &created, &ended, &kernel, &user);
  ::CloseHandle(process);
  if (known == 0) return std::nullopt;
  return to_ns(kernel) + to_ns(user);
}

}  // namespace

Nanoseconds thread_cpu_ns() {
  FILETIME created{}, ended{}, kernel{}, user{};
  ::GetThreadTimes(::GetCurrentThread(), &created, &ended, &kernel, &user);
  return to_ns(kernel) + to_ns(user);
}

ProcessCpuClock::ProcessCpuClock(long pid) : pid_(pid) {
  if (!query_process(pid)) {
    throw std::runtime_error("process " + std::to_string(pid) + ": no such process, or no access");
  }
}

std::optional<Nanoseconds> ProcessCpuClock::cpu_ns() const {
  return query_process(pid_);
}

// The kernel's figure includes idle time; Windows does not tell what a hypervisor took.
std::optional<MachineUsage> machine_usage() {
  FILETIME idle{}, kernel{}, user{};
  if (::GetSystemTimes(&idle, &kernel, &user) == 0) return std::nullopt;
  return MachineUsage{to_ns(kernel) + to_ns(user) - to_ns(idle), 0};
}

}  // namespace iolab
