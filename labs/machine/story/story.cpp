#include "machine/story/story.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace lab {
namespace {

constexpr std::size_t most_shown = 24;   // bytes of a text in a sentence
constexpr std::size_t first_lines = 14;  // of a long story
constexpr std::size_t last_lines = 20;
constexpr std::size_t longest_cycle = 6;      // steps that come again and again
constexpr std::size_t least_repetitions = 3;  // of them, to be told once
constexpr std::size_t bytes_in_diff = 12;     // in a row of a byte diff
constexpr std::size_t bytes_before_diff = 4;  // before the first that differs

std::string escaped(unsigned char byte) {
  constexpr std::string_view digits = "0123456789abcdef";
  if (byte == '"' || byte == '\\') return {'\\', static_cast<char>(byte)};
  if (std::isprint(byte) != 0) return {static_cast<char>(byte)};
  return {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
}

std::string quoted(std::string_view bytes) {
  std::string text = "\"";
  for (const char byte : bytes) text += escaped(static_cast<unsigned char>(byte));
  return text + '"';
}

std::string with_commas(std::size_t number) {
  std::string text = std::to_string(number);
  for (std::size_t i = text.size(); i > 3;) text.insert(i -= 3, ",");
  return text;
}

std::string in_hexadecimal(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) {
    const auto value = static_cast<unsigned char>(byte);
    text += {digits[value >> 4], digits[value & 15], ' '};
  }
  return text;
}

// One side of a difference, in a line of its own: what stands around the place where it begins.
std::string around(std::string_view bytes, std::size_t place) {
  const std::size_t begin = place - std::min(place, bytes_before_diff);
  const std::string_view part = bytes.substr(std::min(begin, bytes.size()), bytes_in_diff);
  const bool goes_on = begin + part.size() < bytes.size();
  std::string row = in_hexadecimal(part) + (goes_on ? "… " : "");
  row.resize(std::max(row.size(), bytes_in_diff * 3 + 4), ' ');
  return "\n      from byte " + with_commas(begin) + ": " + row + quoted(part);
}

// Beneath the second side: the byte at which they differ.
std::string mark(std::size_t place) {
  const std::size_t begin = place - std::min(place, bytes_before_diff);
  const std::size_t before = std::string("      from byte : ").size() + with_commas(begin).size();
  return "\n" + std::string(before + (place - begin) * 3, ' ') + "^^ byte " + with_commas(place);
}

}  // namespace

Story& Story::current() {
  static Story story;
  return story;
}

void Story::begin(std::uint64_t seed) {
  *this = Story();
  seed_ = seed;
}

void Story::step(const std::string& sentence) {
  if (failed()) return;
  if (!steps_.empty() && steps_.back().sentence == sentence) {
    ++steps_.back().times;
  } else {
    steps_.push_back({sentence});
  }
}

void Story::milestone(const std::string& sentence) {
  if (!failed()) steps_.push_back({sentence, 1, true});
}

void Story::fail(const std::string& expected, const std::string& received) {
  if (failed()) return;
  expected_ = expected;
  received_ = received;
}

// How often the steps from `begin` on come again, in a cycle of several; 1 step once if they do
// not.
Story::Cycle Story::cycle_at(std::size_t begin) const {
  for (std::size_t length = 2; length <= longest_cycle; ++length) {
    std::size_t times = 1;
    const auto comes_again = [&] {
      const std::size_t next = begin + times * length;
      return next + length <= steps_.size() &&
             std::equal(steps_.begin() + static_cast<std::ptrdiff_t>(begin),
                        steps_.begin() + static_cast<std::ptrdiff_t>(begin + length),
                        steps_.begin() + static_cast<std::ptrdiff_t>(next));
    };
    while (comes_again()) ++times;
    if (times >= least_repetitions) return {length, times};
  }
  return {1, 1};
}

std::vector<Story::Line> Story::lines() const {
  std::vector<Line> lines;
  for (std::size_t begin = 0; begin < steps_.size();) {
    const Cycle cycle = cycle_at(begin);
    for (std::size_t i = begin; i < begin + cycle.length; ++i) {
      const std::string number = std::to_string(i + 1);
      std::string line(number.size() < 4 ? 4 - number.size() : 0, ' ');
      line += number + ". " + steps_[i].sentence;
      if (steps_[i].times > 1) line += " (" + with_commas(steps_[i].times) + " times)";
      lines.push_back({line, steps_[i].is_milestone});
    }
    if (cycle.times > 1) {
      lines.push_back({"      (these " + std::to_string(cycle.length) + " steps " +
                           with_commas(cycle.times) + " times)",
                       false});
    }
    begin += cycle.length * cycle.times;
  }
  return lines;
}

std::string Story::text() const {
  std::ostringstream text;
  const std::vector<Line> lines = this->lines();
  const bool is_long = lines.size() > first_lines + last_lines + 1;
  std::size_t left_out = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const bool is_middle = is_long && i >= first_lines && i + last_lines < lines.size();
    if (is_middle && !lines[i].is_milestone) {
      ++left_out;
      continue;
    }
    if (left_out > 0) text << "      … " << count_of(std::exchange(left_out, 0), "line") << " …\n";
    text << lines[i].text << (failed() && i + 1 == lines.size() ? "   <-- then it failed\n" : "\n");
  }
  if (failed()) text << "  expected: " << expected_ << "\n  received: " << received_ << '\n';
  return text.str();
}

void expect_that(bool holds, const std::string& expected, const std::string& received) {
  if (holds) return;
  Story::current().fail(expected, received);
  throw TestEnded{};
}

void expect_bytes(const std::string& whose, std::string_view expected, std::string_view received) {
  if (expected == received) return;
  const auto place =
      static_cast<std::size_t>(std::ranges::mismatch(expected, received).in1 - expected.begin());
  expect_that(false, whose + ": " + count_of(expected.size(), "byte") + around(expected, place),
              count_of(received.size(), "byte") + around(received, place) + mark(place));
}

std::string count_of(std::size_t number, std::string_view noun) {
  return with_commas(number) + " " + std::string(noun) + (number == 1 ? "" : "s");
}

std::string duration_text(std::chrono::nanoseconds time) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
  if (ms == 0) return "a moment";
  return ms % 1000 == 0 ? std::to_string(ms / 1000) + " s" : std::to_string(ms) + " ms";
}

std::string shown(std::string_view bytes) {
  if (bytes.size() <= most_shown) return quoted(bytes);
  return quoted(bytes.substr(0, most_shown)) + "…";
}

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

}  // namespace lab
