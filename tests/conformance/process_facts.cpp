#include "tests/conformance/process_facts.hpp"

#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "tests/conformance/patience.hpp"

namespace iolab::conformance {
namespace {

namespace fs = std::filesystem;

fs::path folder(pid_t pid) {
  return fs::path("/proc") / std::to_string(pid);
}

}  // namespace

std::vector<std::string> descriptors(pid_t pid) {
  std::vector<std::string> targets;
  for (const auto& entry : fs::directory_iterator(folder(pid) / "fd")) {
    std::error_code closed_meanwhile;
    const fs::path target = fs::read_symlink(entry.path(), closed_meanwhile);
    if (!closed_meanwhile) targets.push_back(target.string());
  }
  return targets;
}

std::size_t threads(pid_t pid) {
  const fs::directory_iterator tasks(folder(pid) / "task");
  return static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
}

std::chrono::nanoseconds cpu_time(pid_t pid) {
  clockid_t clock{};
  timespec time{};
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &time) != 0) {
    throw std::runtime_error("the CPU clock of process " + std::to_string(pid) + " cannot be read");
  }
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

double cpu_share(pid_t pid, std::chrono::milliseconds window) {
  const auto begin = Clock::now();
  const auto used_before = cpu_time(pid);
  std::this_thread::sleep_for(window);
  const std::chrono::duration<double> used = cpu_time(pid) - used_before;
  return used / std::chrono::duration<double>(Clock::now() - begin);
}

std::size_t resident_bytes(pid_t pid) {
  std::ifstream status(folder(pid) / "status");
  for (std::string word; status >> word;) {
    std::size_t kib = 0;
    if (word == "RssAnon:" && status >> kib) return kib * 1024;
  }
  throw std::runtime_error("the memory of process " + std::to_string(pid) + " cannot be read");
}

void leave_descriptors(pid_t pid, std::size_t spare) {
  std::set<std::size_t> taken;
  for (const auto& entry : fs::directory_iterator(folder(pid) / "fd")) {
    taken.insert(std::stoul(entry.path().filename()));
  }
  // The limit is on the number that a new descriptor gets: the smallest that is free.
  rlim_t limit = 0;
  for (std::size_t is_free = 0; is_free < spare; ++limit) is_free += taken.contains(limit) ? 0 : 1;
  rlimit old{};
  if (::prlimit(pid, RLIMIT_NOFILE, nullptr, &old) == 0) {
    const rlimit wanted{.rlim_cur = limit, .rlim_max = old.rlim_max};
    if (::prlimit(pid, RLIMIT_NOFILE, &wanted, nullptr) == 0) return;
  }
  throw std::system_error(errno, std::system_category(), "prlimit");
}

}  // namespace iolab::conformance
