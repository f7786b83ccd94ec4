#include "experiments/loadgen/cli/option_parsers.hpp"

#include "shared/program/units.hpp"

namespace iolab::loadgen {

CLI::Option* add_duration(CLI::App& app, const std::string& name, Nanoseconds& value,
                          Nanoseconds lowest_ns, const std::string& preset,
                          const std::string& help) {
  return add_parsed(app, name, "TIME", preset, help, [=, &value](const std::string& text) {
    value = parse_duration(text).count();
    if (value < lowest_ns) throw std::invalid_argument("'" + text + "' is too short");
  });
}

}  // namespace iolab::loadgen
