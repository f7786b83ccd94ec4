#pragma once

#include "tests/conformance/target.hpp"

namespace iolab::conformance {

/// What conformance_tests is told, besides Google Test's own options.
struct Options {
  Target target;
  bool report = false;  ///< tell people whose program it is, instead of Google Test's output
  bool first = false;   ///< stop at the first failure
};

/// Reads the suite's own options, what follows `--` being the program's. Throws
/// std::invalid_argument that says what is wrong.
[[nodiscard]] Options read_options(int argc, char** argv);

}  // namespace iolab::conformance
