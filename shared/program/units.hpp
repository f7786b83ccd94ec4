#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace iolab {

/// "150ns", "10us", "5ms", "60s", "0". Throws std::invalid_argument that says what was expected.
[[nodiscard]] std::chrono::nanoseconds parse_duration(const std::string& text);

/// "4096", "16KiB", "1MiB". Throws std::invalid_argument that says what was expected.
[[nodiscard]] std::uint64_t parse_size(const std::string& text);

/// "0", "1000". Throws std::invalid_argument that says what was expected.
[[nodiscard]] std::uint64_t parse_count(const std::string& text);

/// One of a few words. Throws std::invalid_argument that names them.
template <class Value>
[[nodiscard]] Value parse_choice(
    const std::string& text, std::initializer_list<std::pair<std::string_view, Value>> choices) {
  std::string names;
  for (const auto& [name, value] : choices) {
    if (name == text) return value;
    names += (names.empty() ? "" : " or ") + std::string(name);
  }
  throw std::invalid_argument("'" + text + "' is not " + names);
}

}  // namespace iolab
