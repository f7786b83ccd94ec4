#pragma once

#include <string>

#include "tests/conformance/server_process.hpp"
#include "tests/conformance/wire.hpp"

namespace iolab::conformance {

/// The program under test and how it is to be started.
struct Target {
  std::string program;
  Protocol protocol = Protocol::echo;
  std::string engine;                 ///< that the banner must name; empty: whatever it claims
  bool offers_shared = false;         ///< --dispatch shared
  std::size_t most_clients = 10'000;  ///< that it is able to serve at the same time
  Words options;  ///< options and their values, passed unless a case sets the same

  /// The command that starts it, with the options of a case.
  [[nodiscard]] Words command(const Words& case_options = {}) const;
};

/// The one that this run of the suite is about.
[[nodiscard]] const Target& target();

/// Reads the suite's own options, what follows `--` being the program's, and sets target(). Throws
/// std::invalid_argument that says what is wrong.
void choose_target(int argc, char** argv);

/// What a trial run of the program shows.
struct Trial {
  std::string refusal;  ///< the line that says that this system refuses its engine (status 3)
  std::string engine;   ///< that its banner names
};

[[nodiscard]] Trial try_target();

/// Whether its --help names the option.
[[nodiscard]] bool offers(const std::string& option);

}  // namespace iolab::conformance
