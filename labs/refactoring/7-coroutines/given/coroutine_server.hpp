#pragma once

#include "asio_server.hpp"

namespace lab {

/// Step 7: what serve() of step 6 began, as one coroutine. It runs on the acceptor's executor and
/// returns when the acceptor has been closed and all connections have been asked to drain.
///
/// `engine` is a value: the coroutine goes on when its caller's variables have gone.
[[nodiscard]] asio::awaitable<void> accept_all(asio::any_io_executor engine,
                                               tcp::acceptor& acceptor,
                                               const ServerOptions& options);

}  // namespace lab
