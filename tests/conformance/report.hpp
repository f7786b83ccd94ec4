#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <set>
#include <string>

#include "tests/conformance/cases.hpp"

namespace iolab::conformance {

/// Says below Google Test's own output what a server that failed a case does wrong.
class Hint : public testing::EmptyTestEventListener {
 public:
  void OnTestEnd(const testing::TestInfo& test) override;
};

/// The output for people whose program is judged: of each failure first what it does wrong, then
/// what was expected and seen. Ends the run after a failed first step.
class Report : public testing::EmptyTestEventListener {
 public:
  void OnTestStart(const testing::TestInfo& test) override;
  void OnTestEnd(const testing::TestInfo& test) override;

  /// The last line: how many cases passed at which level, and what the next level adds. A program
  /// may be judged on a lower level than was wanted.
  void conclude(Level wanted, Level judged) const;

 private:
  void show_progress(const std::string& text) const;
  void show_failure(const testing::TestInfo& test);

  std::set<std::string> told_;  // sentences about mistakes
  bool stopped_ = false;
  std::size_t passed_ = 0;
  std::size_t failed_ = 0;
  std::size_t left_out_ = 0;
};

}  // namespace iolab::conformance
