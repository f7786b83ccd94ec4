#include "tests/conformance/report.hpp"

#include <unistd.h>

#include <cctype>
#include <iostream>
#include <regex>

namespace iolab::conformance {
namespace {

std::string property(const testing::TestInfo& test, std::string_view key) {
  const testing::TestResult& result = *test.result();
  for (int i = 0; i < result.test_property_count(); ++i) {
    if (result.GetTestProperty(i).key() == key) return result.GetTestProperty(i).value();
  }
  return "";
}

std::string mistake(const testing::TestInfo& test) {
  std::string text = property(test, "mistake");
  if (text.empty()) text = case_of(test).mistake;
  text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text + '.';
}

// What Google Test writes around the words of an assertion is for those who know its macros.
std::string in_plain_words(const std::string& summary) {
  static const std::regex truth(
      R"re(Value of: [^]*?\n  Actual: (?:true|false)(?: \(([^]*)\))?\nExpected: (?:true|false)\n?)re");
  static const std::regex thrown(
      R"re(C\+\+ exception with description "([^]*)" thrown in .*\n?)re");
  static const std::regex comparison(
      R"re(Expected: \(.*\) (<|<=|>|>=|!=) \(.*\), actual: (.*) vs (.*))re");
  static const std::regex equality(
      R"re(Expected equality of these values:\n  (.*)\n(?:    Which is: (.*)\n)?  (.*)(?:\n    Which is: (.*))?)re");
  std::smatch part;
  if (std::regex_search(summary, part, truth)) {
    const std::string more = part.suffix();
    return part[1].str() + (more.empty() || part[1].length() == 0 ? more : ": " + more);
  }
  if (std::regex_search(summary, part, comparison)) {
    return "expected " + part[1].str() + ' ' + part[3].str() + "; seen " + part[2].str() +
           part.suffix().str();
  }
  if (std::regex_search(summary, part, thrown)) return part[1];
  if (std::regex_search(summary, part, equality)) {
    const std::string wanted = part[4].matched ? part[4] : part[3];
    const std::string seen = part[2].matched ? part[2] : part[1];
    return "expected " + wanted + "; seen " + seen + " (" + part[1].str() + ")" +
           part.suffix().str();
  }
  return std::regex_replace(summary, std::regex(R"(^Failed\n)"), "");
}

std::string indented(const std::string& text) {
  return std::regex_replace(text, std::regex("\n(?!$)"), "\n      ");
}

std::string_view what_is_next(Level level) {
  switch (level) {
    case Level::wire:
      return "; level server adds SIGTERM, limits, timeouts and descriptors";
    case Level::server:
      return "; level full adds options, engine and statistics";
    case Level::full:
      return "";
  }
  return "";
}

}  // namespace

void Hint::OnTestEnd(const testing::TestInfo& test) {
  if (!test.result()->Failed()) return;
  std::cout << mistake(test) << '\n';
  const std::string said = property(test, "last_words");
  if (!said.empty()) std::cout << "Its last words: " << said << '\n';
}

void Report::OnTestStart(const testing::TestInfo& test) {
  if (!stopped_) show_progress(case_of(test).full_name());
}

void Report::OnTestEnd(const testing::TestInfo& test) {
  show_progress("");
  const testing::TestResult& result = *test.result();
  if (result.Passed()) ++passed_;
  if (result.Skipped()) ++left_out_;
  if (!result.Failed()) return;
  ++failed_;
  show_failure(test);
  if (test.test_suite_name() != first_steps && !GTEST_FLAG_GET(fail_fast)) return;
  stopped_ = true;
  GTEST_FLAG_SET(fail_fast, true);
}

void Report::show_failure(const testing::TestInfo& test) {
  const std::string sentence = mistake(test);
  if (!told_.insert(sentence).second) {
    std::cout << "    and in " << case_of(test).full_name() << std::endl;
    return;
  }
  std::cout << sentence << '\n';
  std::string before;
  const testing::TestResult& result = *test.result();
  for (int i = 0; i < result.total_part_count(); ++i) {
    const testing::TestPartResult& part = result.GetTestPartResult(i);
    const std::string detail = part.failed() ? indented(in_plain_words(part.summary())) : "";
    if (!detail.empty() && detail != before) std::cout << "    " << detail << '\n';
    before = detail;
  }
  const std::string said = property(test, "last_words");
  if (!said.empty()) std::cout << "    its last words: " << said << '\n';
  std::cout << "    (" << case_of(test).full_name() << ")" << std::endl;
}

// On a terminal only, where it is written over.
void Report::show_progress(const std::string& text) const {
  if (::isatty(STDOUT_FILENO)) std::cout << "\r\033[K" << text << std::flush;
}

void Report::conclude(Level wanted, Level level) const {
  if (level < wanted) std::cout << "Level " << name_of(wanted) << " is not kept. ";
  std::cout << "Level " << name_of(level) << ": " << passed_ << (passed_ == 1 ? " case" : " cases")
            << " passed, " << failed_ << " failed";
  if (left_out_ > 0) std::cout << ", " << left_out_ << " left out";
  if (stopped_) std::cout << " after this failure";
  if (failed_ == 0 && level == wanted) std::cout << what_is_next(level);
  std::cout << std::endl;
}

}  // namespace iolab::conformance
