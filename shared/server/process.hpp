#pragma once

#include <cstdint>

#include "shared/server/server.hpp"

namespace iolab {

[[nodiscard]] std::int64_t process_id() noexcept;

/// From now on the first SIGINT or SIGTERM stops `server`, the second ends the process at once with
/// status 128 + signal. `server` must live as long as the process. Call once.
void stop_on_signals(Server& server);

}  // namespace iolab
