#include "tests/conformance/cases.hpp"

#include <algorithm>
#include <stdexcept>
#include <vector>

namespace iolab::conformance {
namespace {

// A function's static: cases register before main() in an order that only the linker knows.
std::vector<Case>& registered() {
  static std::vector<Case> cases;
  return cases;
}

}  // namespace

std::string_view name_of(Level level) {
  switch (level) {
    case Level::wire:
      return "wire";
    case Level::server:
      return "server";
    case Level::full:
      return "full";
  }
  return "";
}

std::string Case::full_name() const {
  return std::string(suite) + '.' + std::string(name);
}

std::span<const Case> all_cases() {
  return registered();
}

const Case& case_of(const testing::TestInfo& test) {
  const auto found = std::ranges::find_if(registered(), [&](const Case& one) {
    return one.suite == test.test_suite_name() && one.name == test.name();
  });
  if (found == registered().end()) {
    throw std::out_of_range(std::string(test.test_suite_name()) + "." + test.name() +
                            " is no CASE");
  }
  return *found;
}

bool declare(const Case& one) {
  registered().push_back(one);
  return true;
}

}  // namespace iolab::conformance
