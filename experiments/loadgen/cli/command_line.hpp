#pragma once

#include <stdexcept>
#include <string>
#include <variant>

#include "experiments/loadgen/options/options.hpp"

namespace iolab::loadgen {

/// The command line asks for something that cannot be. what() is the line to print.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The command line asked for help; here it is.
struct Help {
  std::string text;
};

using Command = std::variant<Help, RunOptions, SearchOptions, SelftestOptions>;

/// Throws UsageError.
[[nodiscard]] Command parse_command_line(int argc, const char* const* argv);

}  // namespace iolab::loadgen
