// conformance_tests --program PATH --protocol echo|framed [Google Test's options] [-- program's
// options] Exit: 0 all passed, 1 not, 2 wrong options, 77 something was skipped (each with its
// reason).
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <iostream>
#include <string>

#include "tests/conformance/target.hpp"

namespace {

enum ExitStatus : int { passed = 0, failed = 1, bad_usage = 2, skipped = 77 };

// Servers inherit the limit; a suite that opens 10,000 connections needs more than the usual 1,024.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 10'240);
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// Echo has no frames that could be too long or truncated; and see README.md.
void leave_out_what_does_not_apply(const std::string& engine) {
  std::string without;
  if (iolab::conformance::target().protocol != iolab::conformance::Protocol::framed) {
    without += ":Framed.*";
  }
  if (!engine.starts_with("io_uring")) without += ":Refusal.*";
  if (!iolab::conformance::offers("--uring-setup")) without += ":OlderKernel.*";
  const std::string filter = GTEST_FLAG_GET(filter);
  GTEST_FLAG_SET(filter, filter + (filter.find('-') == std::string::npos ? "-" : "") + without);
}

int run_cases() {
  if (RUN_ALL_TESTS() != 0) return failed;
  const auto& run = *testing::UnitTest::GetInstance();
  if (run.test_to_run_count() == 0) {
    std::cerr << "no case has such a name" << std::endl;
    return failed;
  }
  return run.skipped_test_count() == 0 ? passed : skipped;
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (GTEST_FLAG_GET(list_tests)) return RUN_ALL_TESTS();
  try {
    iolab::conformance::choose_target(argc, argv);
  } catch (const std::invalid_argument& error) {
    std::cerr << "conformance_tests: " << error.what() << std::endl;
    return bad_usage;
  }
  raise_descriptor_limit();
  const auto [refusal, engine] = iolab::conformance::try_target();
  if (!refusal.empty()) {
    std::cout << iolab::conformance::target().program << ": Skipped\nunavailable here: " << refusal
              << std::endl;
    return skipped;
  }
  leave_out_what_does_not_apply(engine);
  return run_cases();
}
