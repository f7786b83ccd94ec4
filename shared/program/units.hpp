#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace iolab {

/// "150ns", "10us", "5ms", "60s", "0". Throws std::invalid_argument that says what was expected.
[[nodiscard]] std::chrono::nanoseconds parse_duration(const std::string& text);

/// "4096", "16KiB", "1MiB". Throws std::invalid_argument that says what was expected.
[[nodiscard]] std::uint64_t parse_size(const std::string& text);

/// "0", "1000". Throws std::invalid_argument that says what was expected.
[[nodiscard]] std::uint64_t parse_count(const std::string& text);

}  // namespace iolab
