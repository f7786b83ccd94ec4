#pragma once

#include <cstdint>

#include "shared/server/server.hpp"

namespace iolab {

[[nodiscard]] std::int64_t process_id() noexcept;

/// From now on the first SIGINT or SIGTERM stops `server`, the second ends the process at once with
/// status 128 + signal. `server` must live as long as the process. Call once.
void stop_on_signals(Server& server);

/// Writing to a closed peer is an error from now on, instead of the end of the process. For
/// libraries that write without MSG_NOSIGNAL; our own sockets do not need it.
void ignore_broken_pipes();

}  // namespace iolab
