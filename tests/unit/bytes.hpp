#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Bytes in the form in which tests like to write and compare them: as strings.
namespace iolab {

inline std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

inline std::string to_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// A frame as the wire has it, whatever the code under test thinks of it.
inline std::string frame(const std::string& payload) {
  const auto n = static_cast<std::uint32_t>(payload.size());
  return {std::string{static_cast<char>(n >> 24), static_cast<char>(n >> 16),
                      static_cast<char>(n >> 8), static_cast<char>(n)} +
          payload};
}

/// `size` bytes that follow from `seed`.
inline std::string noise(std::size_t size, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

/// Cuts `text` into pieces of 1 to `longest` bytes.
inline std::vector<std::string> cut(const std::string& text, std::size_t longest,
                                    std::mt19937& random) {
  std::vector<std::string> pieces;
  for (std::size_t at = 0; at < text.size(); at += pieces.back().size()) {
    pieces.push_back(text.substr(at, 1 + random() % longest));
  }
  return pieces;
}

}  // namespace iolab
