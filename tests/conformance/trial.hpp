#pragma once

#include <string>
#include <vector>

#include "tests/conformance/target.hpp"

namespace iolab::conformance {

/// What a trial run of a program shows.
struct Trial {
  std::string refusal;             ///< the line that says that this system refuses its engine
  std::string engine;              ///< that its banner names
  std::vector<std::string> lacks;  ///< what its level needs and it does not have, each in words
  Words lacking_options;           ///< the options among these
  Level level = Level::wire;       ///< that it keeps, the target's at most
};

/// Runs the target once, on level wire not even that.
[[nodiscard]] Trial try_out(const Target& target);

/// Whether the help of the target() names the option.
[[nodiscard]] bool offers(const std::string& option);

}  // namespace iolab::conformance
