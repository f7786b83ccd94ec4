#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace iolab::loadgen {

/// Help that shows each option with its unit and default and nothing of how it is checked, wrapped
/// to the width of a page.
class HelpFormat : public CLI::Formatter {
 public:
  HelpFormat() { column_width(34); }

  std::string make_option_opts(const CLI::Option* option) const override;
  std::string make_option_desc(const CLI::Option* option) const override;
};

}  // namespace iolab::loadgen
