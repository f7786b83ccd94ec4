#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/conformance/cases.hpp"
#include "tests/conformance/server_process.hpp"
#include "tests/conformance/wire.hpp"

namespace iolab::conformance {

/// The program under test and how it is to be started.
struct Target {
  std::string program;
  Words arguments;  ///< its own; behind them come the protocol and the options of a case
  Protocol protocol = Protocol::echo;
  Level level = Level::full;
  std::string engine;                 ///< that the banner must name; empty: whatever it claims
  bool offers_shared = false;         ///< --dispatch shared
  std::size_t most_clients = 10'000;  ///< that it is able to serve at the same time
  std::string help;                   ///< what it says to --help, asked by try_out()

  /// The command that starts it, with the options of a case, in pairs of name and value: of the
  /// target's arguments those that the case sets are left out, of the case's those that the target
  /// does not have. On the wire it gets its arguments only.
  [[nodiscard]] Words command(const Words& case_options = {}) const;

  /// Starts it and waits until it listens. {port} in its arguments becomes `port`, or else one
  /// that is free. Throws NotListening.
  [[nodiscard]] ServerProcess start(const Words& case_options = {}, const Words& environment = {},
                                    std::optional<std::uint16_t> port = {}) const;

  /// Whether a case may use the option: on level full each, as that is what is judged.
  [[nodiscard]] bool has(const std::string& option) const;

  /// Whether its help names the option.
  [[nodiscard]] bool offers(const std::string& option) const {
    return help.find(option) != std::string::npos;
  }
};

/// The one that this run of the suite is about.
[[nodiscard]] const Target& target();

/// Makes it the one.
void choose(Target target);

}  // namespace iolab::conformance
