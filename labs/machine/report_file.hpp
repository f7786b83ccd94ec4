#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace lab {

/// One JSON line per event of a test, written at once, so that what happened is known even if the
/// program under test dies. The format: see report_file.cpp.
class ReportFile : public testing::EmptyTestEventListener {
 public:
  /// Appends to `path`; throws std::system_error. The first repetition has the seed `first_seed`;
  /// a test may use the processor for `limit_s` seconds. One at a time.
  ReportFile(const std::string& path, std::uint64_t first_seed, double limit_s);
  ReportFile(const ReportFile&) = delete;
  ReportFile& operator=(const ReportFile&) = delete;
  ~ReportFile() override;

  void OnTestIterationStart(const testing::UnitTest&, int iteration) override;
  void OnTestStart(const testing::TestInfo& test) override;
  void OnTestEnd(const testing::TestInfo& test) override;

  /// The program dies within the present test: `event` is "crash" or "endless".
  void last_words(const std::string& event, const std::string& why);

  /// All tests have run: the last line. A report without it was broken off.
  void finished() const;

 private:
  void write_event(const std::string& event, const std::string& more) const;
  void write_line(const std::string& line) const;
  void guard_time(bool on) const;

  int file_;
  std::uint64_t first_seed_;
  std::uint64_t seed_;
  double limit_s_;
  double began_s_ = 0;
  std::size_t allocated_before_ = 0;
  bool may_have_leaked_ = false;
  const testing::TestInfo* test_ = nullptr;  // the one that runs
};

}  // namespace lab
