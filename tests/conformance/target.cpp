#include "tests/conformance/target.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "tests/conformance/listening.hpp"

namespace iolab::conformance {
namespace {

Target chosen;

// {port} in the arguments of a program.
constexpr std::string_view port_place = "{port}";

std::optional<std::uint16_t> fill_in_port(Words& command,
                                          std::optional<std::uint16_t> wanted = {}) {
  std::optional<std::uint16_t> port;
  for (auto& word : command) {
    for (auto at = word.find(port_place); at != std::string::npos; at = word.find(port_place)) {
      if (!port) port = wanted ? *wanted : free_port();
      word.replace(at, port_place.size(), std::to_string(*port));
    }
  }
  return port;
}

}  // namespace

bool Target::has(const std::string& option) const {
  return level == Level::full || (level == Level::server && offers(option));
}

Words Target::command(const Words& case_options) const {
  Words words{program};
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i].starts_with("--") && std::ranges::count(case_options, arguments[i]) > 0) {
      ++i;  // the case decides: without the option's value either
    } else {
      words.push_back(arguments[i]);
    }
  }
  Words added{"--protocol", protocol == Protocol::echo ? "echo" : "framed"};
  added.insert(added.end(), case_options.begin(), case_options.end());
  for (std::span<const std::string> left = added; !left.empty();) {
    const auto option =
        left.first(std::min<std::size_t>(2, left.size()));  // a value may be missing
    if (has(option[0])) words.insert(words.end(), option.begin(), option.end());
    left = left.subspan(option.size());
  }
  return words;
}

ServerProcess Target::start(const Words& case_options, const Words& environment,
                            std::optional<std::uint16_t> wanted) const {
  Words words = command(case_options);
  const auto port = fill_in_port(words, wanted);
  ServerProcess process(words, environment);
  if (level == Level::wire) {
    process.wait_for_port(port);
  } else {
    process.wait_until_listening();
  }
  return process;
}

const Target& target() {
  return chosen;
}

void choose(Target target) {
  chosen = std::move(target);
}

}  // namespace iolab::conformance
