#pragma once

#include "asio_server.hpp"

namespace lab {

/// Steps 5 to 7. As serve() of the steps before, but `engine` is run by several threads, so that
/// handlers run at the same time. `acceptor` has a strand for itself: who uses it does so there.
///
/// Closing the acceptor asks the server to stop: in step 5 it closes all connections; from step 6
/// on it drains them, so that each ends when its client has gone, and no later than
/// `drain_timeout`.
void serve(const asio::any_io_executor& engine, tcp::acceptor& acceptor,
           const ServerOptions& options);

}  // namespace lab
