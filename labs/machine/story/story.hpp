#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace lab {

/// What one test tells when it fails: the steps so far, what was expected, what came instead.
/// There is one at a time; main.cpp begins it before each test.
class Story {
 public:
  static Story& current();

  void begin(std::uint64_t seed);

  /// One more thing that happened, as a sentence without a number or a full stop, such as
  /// "alice sends 5 bytes". A step equal to the last one is counted, not repeated.
  void step(const std::string& sentence);

  /// The same, and it is never left out of a long story.
  void milestone(const std::string& sentence);

  /// The test has failed: what should have been seen, and what was. Only the first is kept, since
  /// those after it are usually its consequences. Does not end the test.
  void fail(const std::string& expected, const std::string& received);

  [[nodiscard]] bool failed() const { return !expected_.empty(); }
  [[nodiscard]] std::uint64_t seed() const { return seed_; }

  /// The numbered steps, the last of a failed story marked, then "expected" and "received". The
  /// same few steps again and again are told once, the middle of a long story is left out. No
  /// colours.
  [[nodiscard]] std::string text() const;

 private:
  struct Step {
    std::string sentence;
    std::size_t times = 1;
    bool is_milestone = false;

    bool operator==(const Step&) const = default;
  };

  struct Cycle {
    std::size_t length;
    std::size_t times;
  };
  [[nodiscard]] Cycle cycle_at(std::size_t begin) const;
  struct Line {
    std::string text;
    bool is_milestone;
  };
  [[nodiscard]] std::vector<Line> lines() const;

  std::uint64_t seed_ = 1;
  std::vector<Step> steps_;
  std::string expected_;
  std::string received_;
};

/// Thrown to end a test whose story has failed. The code of a student that catches everything
/// meets it again at its next system call.
struct TestEnded {};

/// Fails the test and ends it, unless `holds`. Both are sentences, such as "the handler is called
/// once" and "it was called 2 times".
void expect_that(bool holds, const std::string& expected, const std::string& received);

/// The same for two values that can be printed; `what` is a noun, such as "calls of the handler".
template <typename Expected, typename Received>
void expect_equal(const std::string& what, const Expected& expected, const Received& received) {
  std::ostringstream wanted;
  std::ostringstream got;
  wanted << what << ": " << expected;
  got << what << ": " << received;
  expect_that(expected == received, wanted.str(), got.str());
}

/// The same for bytes: the first that differs is shown with its neighbours, in hexadecimal and as
/// text. `whose` is such as "what alice receives".
void expect_bytes(const std::string& whose, std::string_view expected, std::string_view received);

/// "12 bytes", "1 byte".
[[nodiscard]] std::string count_of(std::size_t number, std::string_view noun);

/// "250 ms", "5 s", or "a moment" for less than a millisecond.
[[nodiscard]] std::string duration_text(std::chrono::nanoseconds time);

/// Up to some 24 bytes as one reads them: "hello", "\x00\x00\x00\x05hello", "aaaaa… (3,000 bytes)".
[[nodiscard]] std::string shown(std::string_view bytes);

[[nodiscard]] std::string_view text_of(std::span<const std::byte> bytes);
[[nodiscard]] std::span<const std::byte> bytes_of(std::string_view text);

}  // namespace lab
