#pragma once

#include <CLI/CLI.hpp>
#include <charconv>
#include <stdexcept>
#include <string>

#include "shared/measure/clock.hpp"

namespace iolab::loadgen {

/// An option whose text `set` turns into a value, or throws std::invalid_argument with a sentence
/// that quotes the text. `unit` and `preset` are for the help.
template <class Set>
CLI::Option* add_parsed(CLI::App& app, const std::string& name, const std::string& unit,
                        const std::string& preset, const std::string& help, Set set) {
  const auto parse = [name, set](const std::string& text) {
    try {
      set(text);
    } catch (const std::invalid_argument& error) {
      throw CLI::ValidationError(name, error.what());
    }
  };
  return app.add_option_function<std::string>(name, parse, help)
      ->type_name(unit)
      ->default_str(preset);
}

/// A number from `lowest` to `highest`; without decimals if Value has none.
template <class Value>
Value parse_number(const std::string& text, Value lowest, Value highest) {
  Value value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc{} && end == text.data() + text.size() && value >= lowest &&
      value <= highest) {
    return value;
  }
  std::ostringstream sentence;
  sentence << "'" << text << "' is not a number from " << lowest << " to " << highest;
  throw std::invalid_argument(sentence.str());
}

template <class Value>
CLI::Option* add_number(CLI::App& app, const std::string& name, Value& value, Value lowest,
                        Value highest, const std::string& help) {
  std::ostringstream preset;
  preset << value;
  return add_parsed(app, name, "N", preset.str(), help, [=, &value](const std::string& text) {
    value = parse_number<Value>(text, lowest, highest);
  });
}

/// A duration such as 150ns, 10us, 5ms or 60s, no less than `lowest_ns`.
CLI::Option* add_duration(CLI::App& app, const std::string& name, Nanoseconds& value,
                          Nanoseconds lowest_ns, const std::string& preset,
                          const std::string& help);

}  // namespace iolab::loadgen
