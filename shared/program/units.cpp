#include "shared/program/units.hpp"

#include <charconv>
#include <limits>
#include <span>
#include <stdexcept>
#include <string_view>

namespace iolab {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

// `what` completes the sentence "'12x' is not …".
std::uint64_t parse(const std::string& text, std::span<const Unit> units, const char* what) {
  std::uint64_t number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view suffix(rest, text.data() + text.size());
  for (const auto& [name, factor] : units) {
    if (error != std::errc{} || suffix != name) continue;
    if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) / factor)
      break;
    return number * factor;
  }
  if (error == std::errc{} && number == 0 && suffix.empty()) return 0;
  throw std::invalid_argument("'" + text + "' is not " + what);
}

}  // namespace

std::chrono::nanoseconds parse_duration(const std::string& text) {
  static constexpr Unit units[] = {
      {"ns", 1}, {"us", 1'000}, {"ms", 1'000'000}, {"s", 1'000'000'000}};
  return std::chrono::nanoseconds(parse(text, units, "a duration such as 10us, 5ms or 60s"));
}

std::uint64_t parse_size(const std::string& text) {
  static constexpr Unit units[] = {{"", 1}, {"KiB", 1024}, {"MiB", 1024 * 1024}};
  return parse(text, units, "a size such as 4096, 16KiB or 1MiB");
}

std::uint64_t parse_count(const std::string& text) {
  static constexpr Unit units[] = {{"", 1}};
  return parse(text, units, "a number such as 0 or 1000");
}

}  // namespace iolab
