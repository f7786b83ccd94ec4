#pragma once

#include <string>
#include <vector>

#include "tests/conformance/target.hpp"

namespace iolab::conformance {

/// What a trial run of a program shows.
struct Trial {
  Target kept;                     ///< the target with its help, on the level that it keeps
  std::string refusal;             ///< the line that says that this system refuses its engine
  std::string engine;              ///< that its banner names
  std::vector<std::string> lacks;  ///< what its level needs and it does not have, each in words
};

/// Runs the target once, on level wire not even that.
[[nodiscard]] Trial try_out(const Target& target);

}  // namespace iolab::conformance
