#include "experiments/loadgen/cli/help_format.hpp"

#include <sstream>

namespace iolab::loadgen {
namespace {

constexpr std::size_t description_width = 64;

}  // namespace

std::string HelpFormat::make_option_opts(const CLI::Option* option) const {
  if (option->get_type_size() == 0) return "";
  const std::string preset = option->get_default_str();
  return " " + option->get_type_name() + (preset.empty() ? "" : " [" + preset + "]");
}

std::string HelpFormat::make_option_desc(const CLI::Option* option) const {
  std::istringstream words(option->get_description());
  std::string text, line;
  for (std::string word; words >> word;) {
    if (!line.empty() && line.size() + 1 + word.size() > description_width) {
      text += line + '\n';
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
  }
  return text + line;
}

}  // namespace iolab::loadgen
