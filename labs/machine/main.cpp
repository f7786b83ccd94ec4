// The tests of a lab with a student's files linked in: lab_tests --report FILE [--seed N]
// [--repeat K] [--limit SECONDS] [Google Test's options], or --yardstick. ./iolab lab check calls
// it and tells what is in FILE.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <string>

#include "machine/report_file.hpp"
#include "machine/seal.hpp"
#include "machine/yardstick.hpp"

namespace {

struct Options {
  std::string report = "/dev/null";
  std::uint64_t seed = 1;
  int repeat = 1;
  double limit_s = 10;
  bool yardstick = false;
};

bool read_options(int argc, char** argv, Options& options) {
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--yardstick") {
      options.yardstick = true;
      continue;
    }
    if (i + 1 == argc) return false;
    const char* value = argv[++i];
    if (name == "--report") {
      options.report = value;
    } else if (name == "--seed") {
      options.seed = std::strtoull(value, nullptr, 10);
    } else if (name == "--repeat") {
      options.repeat = std::atoi(value);
    } else if (name == "--limit") {
      options.limit_s = std::atof(value);
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  Options options;
  if (!read_options(argc, argv, options)) {
    std::cerr << "lab_tests: wrong options, see labs/machine/main.cpp\n";
    return 2;
  }
  if (options.yardstick) {
    std::cout << lab::yardstick_seconds() << '\n';
    return 0;
  }
  GTEST_FLAG_SET(repeat, options.repeat);
  lab::Seal::current().add_canaries();
  lab::ReportFile report(options.report, options.seed, options.limit_s);
  auto& listeners = testing::UnitTest::GetInstance()->listeners();
  delete listeners.Release(listeners.default_result_printer());
  listeners.Append(&report);
  const int status = RUN_ALL_TESTS();
  listeners.Release(&report);
  report.finished();
  return status;
}
