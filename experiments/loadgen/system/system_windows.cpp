#include <windows.h>
#include <winsock2.h>

#include <bit>
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <thread>

#include "experiments/loadgen/system/system.hpp"

namespace iolab::loadgen {

// Sockets are limited by memory only.
std::string allow_descriptors(std::size_t) {
  return {};
}

const int port_exhausted_error = WSAEADDRNOTAVAIL;

void choose_port_late(boost::asio::ip::tcp::socket::native_handle_type) {}

void acknowledge_now(boost::asio::ip::tcp::socket::native_handle_type) {}

bool pin_thread(unsigned cpu) {
  return ::SetThreadAffinityMask(::GetCurrentThread(), DWORD_PTR{1} << (cpu % usable_cpus())) != 0;
}

bool run_before_all_others_on(unsigned cpu) {
  return ::SetThreadAffinityMask(::GetCurrentThread(), DWORD_PTR{1} << cpu) != 0 &&
         ::SetThreadPriority(::GetCurrentThread(), THREAD_PRIORITY_TIME_CRITICAL) != 0;
}

void sleep_until(Nanoseconds time_ns) {
  using Clock = std::chrono::steady_clock;
  std::this_thread::sleep_until(Clock::time_point(std::chrono::nanoseconds(time_ns)));
}

unsigned usable_cpus() {
  DWORD_PTR process = 0, system = 0;
  if (::GetProcessAffinityMask(::GetCurrentProcess(), &process, &system) == 0) return 1;
  return static_cast<unsigned>(std::popcount(process));
}

std::string output_of(const std::string& command) {
  FILE* pipe = ::_popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot run '" + command + "'");
  std::string output;
  char chunk[256];
  while (const std::size_t size = std::fread(chunk, 1, sizeof chunk, pipe)) {
    output.append(chunk, size);
  }
  if (::_pclose(pipe) != 0) throw std::runtime_error("'" + command + "' failed");
  return output;
}

}  // namespace iolab::loadgen
