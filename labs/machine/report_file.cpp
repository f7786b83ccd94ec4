// {"event": "start", "test": "Suite.Name", "seed": 1}
// {"event": "end",   "test": …, "seed": …, "passed": false, "story": "…", "hint": "…", "seconds":
// 0.1}
// {"event": "crash" or "endless", "test": …, "seed": …, "story": …, "hint": …, "why": "…"}
#include "machine/report_file.hpp"

#include <fcntl.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <ctime>
#include <exception>
#include <nlohmann/json.hpp>
#include <system_error>

#include "machine/kernel/system_calls.hpp"
#include "machine/seal.hpp"
#include "machine/story/story.hpp"
#include "machine/threads/unseen.hpp"

// NOLINTBEGIN(bugprone-reserved-identifier, readability-identifier-naming)
// Of the sanitizers' runtime; GCC has no header that declares it.
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();

// Asked by the runtime for undefined behaviour: GCC's knows no death callback, but a signal is
// seen.
extern "C" const char* __ubsan_default_options() {
  return "abort_on_error=1:print_stacktrace=1";
}

// Asked by the runtime for addresses: who allocates what a client merely claims ends at once, not
// after filling 4 GiB. Leaks are looked for behind each test; at the exit they would only be what
// tests that were broken off have left.
extern "C" const char* __asan_default_options() {
  return "max_allocation_size_mb=1024:leak_check_at_exit=0";
}
// NOLINTEND(bugprone-reserved-identifier, readability-identifier-naming)

namespace lab {
namespace {

bool some_leaked() {
#ifdef __SANITIZE_THREAD__
  return false;  // nobody looks for leaks there
#else
  return __lsan_do_recoverable_leak_check() != 0;
#endif
}

ReportFile* report = nullptr;  // for the handlers, which have no argument

double processor_seconds() {
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

// Without this, static objects would be destroyed in the middle of a test.
void on_exit() {
  if (!report) return;
  report->last_words("crash", "exit() was called");
  ::_exit(1);
}

void on_signal(int number) {
  if (number == SIGPROF) {
    report->last_words("endless",
                       "it used the processor without coming to an end, and was stopped");
    ::_exit(1);
  }
  report->last_words("crash", ::strsignal(number));
  ::signal(number, SIG_DFL);
  ::raise(number);
}

void on_sanitizer_death() {
  const Unseen unseen;  // the sanitizer for threads may be busy with freed memory, and checks that
  report->last_words("crash", "sanitizer");
}

[[noreturn]] void on_terminate() {
  std::string why = "std::terminate: an exception left a noexcept function or a destructor";
  if (Story::current().failed()) why = "";  // its own end, inside a noexcept function
  report->last_words("crash", why);
  ::_exit(1);
}

std::string hint_of(const testing::TestInfo& test) {
  const testing::TestResult& result = *test.result();
  for (int i = 0; i < result.test_property_count(); ++i) {
    const testing::TestProperty& property = result.GetTestProperty(i);
    if (std::string(property.key()) == "hint") return property.value();
  }
  return "";
}

// What an author's own EXPECT_… said, in a test without a story that failed.
std::string messages_of(const testing::TestInfo& test) {
  const testing::TestResult& result = *test.result();
  std::string messages;
  for (int i = 0; i < result.total_part_count(); ++i) {
    const testing::TestPartResult& part = result.GetTestPartResult(i);
    if (part.failed()) messages += std::string(part.message()) + '\n';
  }
  return messages;
}

}  // namespace

ReportFile::ReportFile(const std::string& path, std::uint64_t first_seed, double limit_s)
    : file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666)),
      first_seed_(first_seed),
      seed_(first_seed),
      limit_s_(limit_s) {
  if (file_ < 0) throw std::system_error(errno, std::generic_category(), path);
  report = this;
  __sanitizer_set_death_callback(&on_sanitizer_death);
  std::set_terminate(&on_terminate);
  for (const int number : {SIGABRT, SIGPROF}) ::signal(number, &on_signal);
  Story::current().begin(seed_);  // made before on_exit() is registered, so destroyed after it
  std::atexit(&on_exit);
}

ReportFile::~ReportFile() {
  // What comes now, such as the search for leaks at the end, is in no test.
  __sanitizer_set_death_callback(nullptr);
  for (const int number : {SIGABRT, SIGPROF}) ::signal(number, SIG_DFL);
  report = nullptr;
  ::close(file_);
}

void ReportFile::OnTestIterationStart(const testing::UnitTest&, int iteration) {
  seed_ = first_seed_ + static_cast<std::uint64_t>(iteration);
}

void ReportFile::OnTestStart(const testing::TestInfo& test) {
  test_ = &test;
  Story::current().begin(seed_);
  write_event("start", "{}");
  began_s_ = processor_seconds();
  allocated_before_ = __sanitizer_get_current_allocated_bytes();
  guard_time(true);
}

void ReportFile::OnTestEnd(const testing::TestInfo& test) {
  guard_time(false);
  SystemCalls::take_charge(nullptr);
  bool passed = test.result()->Passed();
  const double seconds = processor_seconds() - began_s_;
  // Looking for leaks stops the world, so only where memory has grown; and leaked memory would be
  // found again after every later test. A test that was broken off may leave some, too: the next
  // one must not be blamed for it.
  if (!passed && !Seal::current().is_canary(test)) may_have_leaked_ = true;
  if (passed && !may_have_leaked_ &&
      __sanitizer_get_current_allocated_bytes() > allocated_before_ && some_leaked()) {
    may_have_leaked_ = true;
    passed = false;
    Story::current().fail("all memory is given back at the end", "some was never freed");
  }
  nlohmann::json more = {{"passed", passed}, {"seconds", seconds}, {"hint", hint_of(test)}};
  if (!passed) {
    more["story"] = Story::current().failed() ? Story::current().text()
                                              : Story::current().text() + messages_of(test);
  }
  write_event("end", more.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  test_ = nullptr;
}

// Called where memory may be damaged: what still works is written, and nobody is worse off if not.
void ReportFile::last_words(const std::string& event, const std::string& why) {
  if (!test_) return;
  const nlohmann::json more = {
      {"why", why}, {"story", Story::current().text()}, {"hint", hint_of(*test_)}};
  write_event(event, more.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  test_ = nullptr;
}

void ReportFile::finished() const {
  write_line(R"({"event":"finished"})");
}

void ReportFile::write_event(const std::string& event, const std::string& more) const {
  nlohmann::json line = nlohmann::json::parse(more);
  line["event"] = event;
  line["test"] = std::string(test_->test_suite_name()) + "." + test_->name();
  line["seed"] = seed_;
  write_line(line.dump());
}

void ReportFile::write_line(const std::string& line) const {
  const std::string text = Seal::current().sealed(line) + '\n';
  [[maybe_unused]] const ssize_t written = ::write(file_, text.data(), text.size());
}

void ReportFile::guard_time(bool on) const {
  itimerval limit{};
  if (on) {
    limit.it_value.tv_sec = static_cast<time_t>(limit_s_);
    limit.it_value.tv_usec =
        static_cast<suseconds_t>((limit_s_ - static_cast<double>(limit.it_value.tv_sec)) * 1e6);
  }
  ::setitimer(ITIMER_PROF, &limit, nullptr);
}

}  // namespace lab
