#pragma once

#include "shared/server/server.hpp"

namespace iolab {

/// Reads a server's command line. Throws UsageError. Prints help and exits when asked for it.
[[nodiscard]] ServerOptions parse_command_line(int argc, const char* const* argv,
                                               const ServerProgram& program);

}  // namespace iolab
