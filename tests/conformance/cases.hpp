#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace iolab::conformance {

/// How much of the contract a program keeps; each level includes those before it. See contract.md.
enum class Level : std::uint8_t {
  wire,    ///< it listens on a port: only what its clients see is judged
  server,  ///< it has a banner, options, an orderly end: also limits, descriptors, CPU time
  full,    ///< it has everything that a server of iolab has
};

[[nodiscard]] std::string_view name_of(Level level);

/// What is known of a case before it runs.
struct Case {
  std::string_view suite;
  std::string_view name;
  Level level;               ///< from which it is asked
  std::string_view mistake;  ///< what a server that fails it does wrong

  [[nodiscard]] std::string full_name() const;
};

/// All cases in the order in which they run: that in which one would build a server.
[[nodiscard]] std::span<const Case> all_cases();

/// The case of this test. Throws std::out_of_range if there is none.
[[nodiscard]] const Case& case_of(const testing::TestInfo& test);

/// Registers a case before main(). Called by CASE.
bool declare(const Case& one);

/// The suite after a failure of which no other case means anything.
inline constexpr std::string_view first_steps = "FirstSteps";

}  // namespace iolab::conformance

/// A test of `suite`, which is a fixture, with what a server that fails it does wrong.
#define CASE(suite, name, level, mistake)                 \
  [[maybe_unused]] const bool suite##_##name##_declared = \
      declare({#suite, #name, Level::level, mistake});    \
  TEST_F(suite, name)
