// conformance_tests --program PATH --protocol echo|framed [Google Test's options] [-- program's
// options] Exit: 0 all passed, 1 not, 2 wrong options, 77 something was skipped (each with its
// reason).
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <iostream>
#include <string>

#include "tests/conformance/options.hpp"
#include "tests/conformance/patience.hpp"
#include "tests/conformance/report.hpp"
#include "tests/conformance/target.hpp"
#include "tests/conformance/trial.hpp"

namespace iolab::conformance {
namespace {

enum ExitStatus : int { passed = 0, failed = 1, bad_usage = 2, skipped = 77 };

// Whoever is told what is wrong with a program must not wait for long.
void be_brief() {
  patience = std::min<std::chrono::seconds>(patience, 5s);
}

// Servers inherit the limit; a suite that opens 10,000 connections needs more than the usual 1,024.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 10'240);
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// Cases above the target's level; echo has no frames that could be too long or truncated; and see
// README.md.
void leave_out_what_does_not_apply(const std::string& engine) {
  std::string without;
  for (const Case& one : all_cases()) {
    if (one.level > target().level) without += ':' + one.full_name();
  }
  if (target().protocol != Protocol::framed) without += ":Framed.*";
  if (!engine.starts_with("io_uring")) without += ":Refusal.*";
  if (target().level < Level::full || !target().offers("--uring-setup"))
    without += ":OlderKernel.*";
  const std::string filter = GTEST_FLAG_GET(filter);
  GTEST_FLAG_SET(filter, filter + (filter.find('-') == std::string::npos ? "-" : "") + without);
}

// Said once, at the start, instead of by every case that meets it.
void tell_what_is_lacking(const Trial& trial) {
  for (const std::string& one : trial.lacks)
    std::cout << "Not as the contract says: " << one << '\n';
  if (!trial.lacks.empty()) {
    std::cout << "Judged is the rest, on level " << name_of(target().level)
              << "; see tests/conformance/contract.md" << std::endl;
  }
}

int run_cases(const Options& options) {
  testing::TestEventListeners& listeners = testing::UnitTest::GetInstance()->listeners();
  Report report;
  if (options.report) {
    delete listeners.Release(listeners.default_result_printer());
    listeners.Append(&report);
  } else {
    listeners.Append(new Hint);  // which Google Test owns then
  }
  GTEST_FLAG_SET(fail_fast, options.first);
  const bool all_passed = RUN_ALL_TESTS() == 0;
  listeners.Release(&report);
  if (options.report) report.conclude(options.target.level, target().level);
  const auto& run = *testing::UnitTest::GetInstance();
  if (run.test_to_run_count() == 0) {
    std::cerr << "no case has such a name" << std::endl;
    return failed;
  }
  if (!all_passed) return failed;
  return run.skipped_test_count() == 0 ? passed : skipped;
}

int judge(const Options& options) {
  const Trial trial = try_out(options.target);
  if (!trial.refusal.empty()) {
    std::cout << options.target.program << ": Skipped\nunavailable here: " << trial.refusal
              << std::endl;
    return skipped;
  }
  choose(trial.kept);
  tell_what_is_lacking(trial);
  leave_out_what_does_not_apply(trial.engine);
  const int status = run_cases(options);
  return trial.lacks.empty() ? status : failed;
}

}  // namespace
}  // namespace iolab::conformance

int main(int argc, char** argv) {
  using namespace iolab::conformance;
  testing::InitGoogleTest(&argc, argv);
  if (GTEST_FLAG_GET(list_tests)) return RUN_ALL_TESTS();
  try {
    const Options options = read_options(argc, argv);
    if (options.report) be_brief();
    raise_descriptor_limit();
    return judge(options);
  } catch (const std::invalid_argument& error) {
    std::cerr << "conformance_tests: " << error.what() << std::endl;
    return bad_usage;
  }
}
