#pragma once

#include "asio_server.hpp"

namespace lab {

/// Calls the serve() of the step, for AsioBench::run().
void begin(tcp::acceptor& acceptor, const ServerOptions& options);

}  // namespace lab
