#include "shared/measure/cpu_usage.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

namespace iolab {
namespace {

constexpr Nanoseconds ms = 1'000'000;

void burn_cpu(Nanoseconds cpu_ns) {
  const Nanoseconds end = thread_cpu_ns() + cpu_ns;
  while (thread_cpu_ns() < end) {
  }
}

TEST(ThreadCpu, CountsWorkAndNotSleep) {
  const Nanoseconds begin = thread_cpu_ns();
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  const Nanoseconds after_sleep = thread_cpu_ns();
  EXPECT_LT(after_sleep - begin, 15 * ms);
  burn_cpu(20 * ms);
  EXPECT_GE(thread_cpu_ns() - after_sleep, 20 * ms);
}

TEST(ProcessCpuClock, CountsAllThreadsOfTheProcess) {
  const ProcessCpuClock clock(::getpid());
  const Nanoseconds begin = clock.cpu_ns().value();
  std::thread([] { burn_cpu(20 * ms); }).join();
  burn_cpu(10 * ms);
  EXPECT_GE(clock.cpu_ns().value() - begin, 30 * ms);
}

TEST(ProcessCpuClock, ReadsAnotherProcessToTheNanosecond) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    for (;;) burn_cpu(ms);
  }
  const ProcessCpuClock clock(child);
  const Nanoseconds begin = clock.cpu_ns().value();
  while (clock.cpu_ns().value() - begin < 5 * ms) std::this_thread::yield();
  // In steps of a tick two readings would be equal nearly always.
  bool finer_than_a_tick = false;
  for (int i = 0; i < 1000 && !finer_than_a_tick; ++i) {
    const Nanoseconds first = clock.cpu_ns().value();
    std::this_thread::sleep_for(std::chrono::microseconds(200));
    const Nanoseconds step = clock.cpu_ns().value() - first;
    finer_than_a_tick = step > 0 && step < ms;
  }
  EXPECT_TRUE(finer_than_a_tick);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_FALSE(clock.cpu_ns().has_value()) << "the process is gone";
}

TEST(ProcessCpuClock, RefusesAProcessThatIsNotThere) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ::waitpid(child, nullptr, 0);
  EXPECT_THROW(ProcessCpuClock{child}, std::runtime_error);
}

TEST(MachineUsage, GrowsWithWork) {
  const auto before = machine_usage();
  ASSERT_TRUE(before.has_value());
  burn_cpu(200 * ms);
  const auto after = machine_usage();
  ASSERT_TRUE(after.has_value());
  // It counts in ticks of 10 ms, and another CPU may be a tick behind.
  EXPECT_GE(after->busy_ns - before->busy_ns, 100 * ms);
  EXPECT_GE(after->steal_ns, before->steal_ns);
}

}  // namespace
}  // namespace iolab
