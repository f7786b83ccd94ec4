// What all calls have in common; descriptors that count events; the clock.
#include "machine/kernel/system_calls.hpp"

#include <sys/eventfd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

#include "machine/story/story.hpp"

namespace lab {
namespace {

std::unique_ptr<SystemCalls> calls_in_charge;

// What an eventfd can count to, see eventfd(2).
constexpr std::uint64_t fullest_count = 0xffff'ffff'ffff'fffe;

// A program that works needs a few calls between two things that happen.
constexpr std::size_t most_idle_calls = 1000;

}  // namespace

SystemCalls* SystemCalls::in_charge() {
  return calls_in_charge.get();
}

void SystemCalls::take_charge(Kernel* kernel) {
  calls_in_charge = kernel ? std::make_unique<SystemCalls>(*kernel) : nullptr;
}

bool SystemCalls::owns(int descriptor) const {
  return descriptor >= first_descriptor && descriptor < end_of_descriptors;
}

void SystemCalls::begin(const char* call, const std::string& family, MayThrow may_throw) {
  ++kernel_.calls_[call];
  if (family != call) ++kernel_.calls_[family];
  if (++kernel_.idle_calls_ < most_idle_calls) return;
  kernel_.idle_calls_ = 0;
  // The second time it spins where nothing may be thrown, and would never end.
  if (Story::current().failed()) throw TestEnded{};
  violation("your program waits until something happens",
            "it spins: the last 1,000 system calls changed nothing", may_throw);
}

int SystemCalls::ordered_error(const std::string& family) {
  for (auto& fault : kernel_.faults_) {
    if (fault.family != family || fault.times == 0) continue;
    --fault.times;
    return fault.error;
  }
  return 0;
}

bool SystemCalls::no_descriptor_is_left(const std::string& who) const {
  if (kernel_.descriptors_.size() < kernel_.descriptor_limit_) return false;
  Story::current().step(who + ": EMFILE");
  errno = EMFILE;
  return true;
}

void SystemCalls::violation(const std::string& expected, const std::string& received,
                            MayThrow may_throw) {
  Story::current().fail(expected, received);
  // Calls that C declares as never throwing end the test with the next one that may.
  if (may_throw == MayThrow::yes) throw TestEnded{};
}

std::shared_ptr<Descriptor> SystemCalls::find(const char* call, int number, MayThrow may_throw) {
  if (may_throw == MayThrow::yes && Story::current().failed()) throw TestEnded{};
  const auto found = kernel_.descriptors_.find(number);
  if (found != kernel_.descriptors_.end()) return found->second;
  const auto closed = kernel_.closed_.find(number);
  const std::string what = std::string(call) + "(" + std::to_string(number) + ")";
  Story::current().step("your " + what);
  violation(what + " is called with an open descriptor",
            closed == kernel_.closed_.end()
                ? std::to_string(number) + " was never open"
                : std::to_string(number) + ", " + closed->second + ", is closed already",
            may_throw);
  errno = EBADF;
  return nullptr;
}

int SystemCalls::make_event_counter(unsigned count, int flags) {
  begin("eventfd", "eventfd", MayThrow::no);
  if (no_descriptor_is_left("your eventfd()")) return -1;
  auto counter = std::make_shared<EventCounter>("an eventfd", (flags & EFD_NONBLOCK) != 0);
  counter->count = count;
  const int number = kernel_.open(std::move(counter));
  Story::current().step("your eventfd(): descriptor " + std::to_string(number));
  return number;
}

ssize_t SystemCalls::receive_count(const char* call, EventCounter& counter,
                                   std::span<const iovec> pieces) {
  const std::string who = "your " + std::string(call) + "() of an eventfd";
  if (wait_for(call, counter, EPOLLIN)) return take_count(who, counter, pieces);
  Story::current().step(who + ": EAGAIN");
  errno = EAGAIN;
  return -1;
}

ssize_t SystemCalls::take_count(const std::string& who, EventCounter& counter,
                                std::span<const iovec> pieces) {
  if (pieces.empty() || pieces.front().iov_len < sizeof(counter.count)) {
    Story::current().step(who + ": EINVAL, it brings 8 bytes");
    errno = EINVAL;
    return -1;
  }
  Story::current().step(who + ": " + std::to_string(counter.count));
  std::memcpy(pieces.front().iov_base, &counter.count, sizeof(counter.count));
  counter.count = 0;
  kernel_.progress();
  return sizeof(counter.count);
}

ssize_t SystemCalls::send_count(const char* call, EventCounter& counter,
                                std::span<const iovec> pieces) {
  std::uint64_t more = 0;
  if (pieces.empty() || pieces.front().iov_len < sizeof(more)) {
    errno = EINVAL;
    return -1;
  }
  std::memcpy(&more, pieces.front().iov_base, sizeof(more));
  const auto fits = [&] { return more <= fullest_count - counter.count; };
  if (!fits() && counter.non_blocking()) {
    Story::current().step("your " + std::string(call) + "() to an eventfd that is full: EAGAIN");
    errno = EAGAIN;
    return -1;
  }
  kernel_.wait(call, std::chrono::nanoseconds(-1), fits);
  counter.count += more;
  counter.edge();
  Story::current().step("your " + std::string(call) + "() to an eventfd");
  kernel_.progress();
  return sizeof(more);
}

void SystemCalls::clock(timespec& now) const {
  // From an hour on, so that a program may subtract from the present.
  const auto since = kernel_.now() + std::chrono::hours(1);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since);
  now.tv_sec = seconds.count();
  now.tv_nsec = (since - seconds).count();
}

void SystemCalls::sleep(std::chrono::nanoseconds time) {
  begin("sleep", "sleep", MayThrow::yes);
  Story::current().step("your program sleeps");
  kernel_.wait("sleep", time, [] { return false; });
}

}  // namespace lab
