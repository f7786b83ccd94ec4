#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "experiments/loadgen/target.hpp"
#include "experiments/loadgen/wire_pattern.hpp"
#include "shared/measure/clock.hpp"

namespace iolab {

// What a run is to do. The defaults are those of the command line.
struct RunOptions {
  std::vector<Target> targets;
  Protocol protocol = Protocol::echo;
  unsigned connections = 100;  // to each target
  std::size_t size = 68;       // of a message on the wire
  unsigned depth = 1;          // messages in flight per connection
  unsigned threads = 1;
  Nanoseconds slice_ns = 100'000'000;
  unsigned rounds = 25;
  Nanoseconds warmup_ns = 50'000'000;  // per target
  Nanoseconds timeout_ns = 5'000'000'000;
  std::uint64_t seed = 1;
  bool verify = true;
};

// The command line asks for something that cannot be. what() is the line to print.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The command line asked for help and got it.
struct HelpShown {};

// Throws UsageError, or HelpShown after having printed the help.
[[nodiscard]] RunOptions parse_options(int argc, const char* const* argv);

}  // namespace iolab
