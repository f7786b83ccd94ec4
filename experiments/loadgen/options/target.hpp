#pragma once

#include <optional>
#include <string>
#include <vector>

namespace iolab::loadgen {

/// A server to be measured.
struct Target {
  std::string name;  // how every line of output calls it
  std::string host;
  std::string port;
  std::optional<long> pid;  // whose CPU clock is read, if it runs on this machine
};

/// Reads NAME=HOST:PORT[,pid=PID]. An IPv6 host stands in brackets. Throws std::invalid_argument
/// with a sentence that quotes `text`.
[[nodiscard]] Target parse_target(const std::string& text);

/// Reads all of them; throws std::invalid_argument also if two have the same name.
[[nodiscard]] std::vector<Target> parse_targets(const std::vector<std::string>& texts);

}  // namespace iolab::loadgen
