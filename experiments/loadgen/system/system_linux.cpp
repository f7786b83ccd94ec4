#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <stdexcept>

#include "experiments/loadgen/system/system.hpp"

namespace iolab::loadgen {

std::string allow_descriptors(std::size_t needed) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= needed) return {};
  limit.rlim_cur = std::min<rlim_t>(needed, limit.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= needed) return {};
  return "needs " + std::to_string(needed) + " descriptors but may open only " +
         std::to_string(limit.rlim_max) + " (ulimit -Hn)";
}

const int port_exhausted_error = EADDRNOTAVAIL;

void choose_port_late(int handle) {
  const int on = 1;
  // Without it connections still work, only fewer: the failure is seen by connect() then.
  ::setsockopt(handle, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
}

void acknowledge_now(int handle) {
  // An even value acknowledges once and then goes on as before; 1 would do so at once from now on.
  const int once = 2;
  ::setsockopt(handle, IPPROTO_TCP, TCP_QUICKACK, &once, sizeof once);
}

bool pin_thread(unsigned cpu) {
  cpu_set_t usable{};
  if (::sched_getaffinity(0, sizeof usable, &usable) != 0) return false;
  int wanted = static_cast<int>(cpu % static_cast<unsigned>(CPU_COUNT(&usable)));
  for (int i = 0; i < CPU_SETSIZE; ++i) {
    if (!CPU_ISSET(i, &usable) || wanted-- > 0) continue;
    cpu_set_t one{};
    CPU_SET(i, &one);
    return ::sched_setaffinity(0, sizeof one, &one) == 0;
  }
  return false;
}

bool run_before_all_others_on(unsigned cpu) {
  cpu_set_t one{};
  CPU_SET(cpu, &one);
  const sched_param highest{.sched_priority = ::sched_get_priority_max(SCHED_FIFO)};
  return ::sched_setaffinity(0, sizeof one, &one) == 0 &&
         ::sched_setscheduler(0, SCHED_FIFO, &highest) == 0;
}

void sleep_until(Nanoseconds time_ns) {
  const timespec time{time_ns / 1'000'000'000, time_ns % 1'000'000'000};
  while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nullptr) == EINTR) {
  }
}

unsigned usable_cpus() {
  cpu_set_t usable{};
  if (::sched_getaffinity(0, sizeof usable, &usable) != 0) return 1;
  return static_cast<unsigned>(CPU_COUNT(&usable));
}

std::string output_of(const std::string& command) {
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot run '" + command + "'");
  std::string output;
  char chunk[256];
  while (const std::size_t size = std::fread(chunk, 1, sizeof chunk, pipe)) {
    output.append(chunk, size);
  }
  if (::pclose(pipe) != 0) throw std::runtime_error("'" + command + "' failed");
  return output;
}

}  // namespace iolab::loadgen
