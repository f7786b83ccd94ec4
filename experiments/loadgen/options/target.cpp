#include "experiments/loadgen/options/target.hpp"

#include <charconv>
#include <set>
#include <stdexcept>
#include <string_view>

namespace iolab::loadgen {
namespace {

[[noreturn]] void reject(const std::string& text, const char* why) {
  throw std::invalid_argument("--target '" + text + "': " + why +
                              "; expected NAME=HOST:PORT[,pid=PID]");
}

std::optional<long> parse_number(std::string_view text, long highest) {
  long number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (number < 1 || number > highest) return std::nullopt;
  return number;
}

}  // namespace

Target parse_target(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == 0 || equals == std::string::npos) reject(text, "no name");
  Target target;
  target.name = text.substr(0, equals);
  std::string address = text.substr(equals + 1);

  if (const auto comma = address.find(','); comma != std::string::npos) {
    const std::string extra = address.substr(comma + 1);
    address.resize(comma);
    if (!extra.starts_with("pid=")) reject(text, "only pid=PID may follow the comma");
    target.pid = parse_number(std::string_view(extra).substr(4), 1L << 30);
    if (!target.pid) reject(text, "the process id is not a positive number");
  }
  const auto colon = address.rfind(':');
  if (colon == 0 || colon == std::string::npos) reject(text, "no host or no port");
  target.host = address.substr(0, colon);
  if (target.host.starts_with('[') && target.host.ends_with(']')) {
    target.host = target.host.substr(1, target.host.size() - 2);
  }
  target.port = address.substr(colon + 1);
  if (!parse_number(target.port, 65535)) reject(text, "the port is not in 1 to 65535");
  return target;
}

std::vector<Target> parse_targets(const std::vector<std::string>& texts) {
  std::vector<Target> targets;
  std::set<std::string> names;
  for (const std::string& text : texts) {
    targets.push_back(parse_target(text));
    if (!names.insert(targets.back().name).second) reject(text, "the name is taken already");
  }
  return targets;
}

}  // namespace iolab::loadgen
