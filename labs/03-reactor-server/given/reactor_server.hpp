#pragma once

#include <memory>

#include "reactor.hpp"
#include "server.hpp"

namespace lab {

/// Lab 03: server.cpp. The server takes over `listener`, a non-blocking listening socket, and
/// closes it. It works in the handlers that it registers with `reactor`, in tick() and in drain(),
/// on one thread. `reactor` must outlive it. Throws std::system_error or std::bad_alloc.
[[nodiscard]] std::unique_ptr<Server> make_reactor_server(Reactor& reactor, int listener,
                                                          const ServerOptions& options);

}  // namespace lab
