#pragma once

#include <boost/asio.hpp>

#include "server.hpp"

/// What the labs with Boost.Asio have in common. There is no loop to write and no Reactor to be
/// given: the io_context is the Proactor, and who calls its run() lends it a thread.
namespace lab {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// Begins to serve everybody who connects to `acceptor`, and returns at once: what follows happens
/// in handlers, while somebody runs the acceptor's io_context. `acceptor` and `options` live until
/// the io_context is destroyed; that, or closing the acceptor, ends accepting. With the io_context
/// every connection goes, whatever it was doing.
void serve(tcp::acceptor& acceptor, const ServerOptions& options);

}  // namespace lab
