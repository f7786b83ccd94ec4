#pragma once

#include <string>

#include "shared/server/server.hpp"

namespace iolab {

/// The line a server prints once it listens: one JSON object, no line feed.
[[nodiscard]] std::string listening_line(const ServerOptions& options, const Server& server);

/// The line it prints once it has stopped.
[[nodiscard]] std::string stopped_line(const Statistics& statistics);

}  // namespace iolab
