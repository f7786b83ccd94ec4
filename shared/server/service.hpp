#pragma once

#include "shared/protocol/work.hpp"
#include "shared/server/server_options.hpp"
#include "shared/server/statistics.hpp"

namespace iolab {

/// What one server shares between all its threads.
struct Service {
  explicit Service(const ServerOptions& server_options)
      : options(server_options),
        work(server_options.work.every, server_options.work.kind, server_options.work.duration) {}

  const ServerOptions& options;
  Work work;
  Statistics statistics;
};

}  // namespace iolab
