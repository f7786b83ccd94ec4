#pragma once

#include <functional>

#include "asio_server.hpp"

/// A server of framed messages, twice, and the accepting that both need. All three begin something
/// and return at once: what follows happens in handlers, while somebody runs the io_context.
/// `acceptor` and `options` live until that io_context is destroyed.
///
/// A frame is as frame_decoder.hpp says. Each comes back once all of it has come, in order, and
/// nothing more is received from a client that has not yet taken its reply. A client that has
/// finished sending gets the replies to the whole frames it sent; then its connection is closed. A
/// length above options.max_frame ends the connection in order: the replies to what came before,
/// our FIN, then receiving and throwing away until the client has finished too, then the close. A
/// lost connection is closed, and nobody else notices.
namespace lab {

/// Whoever is to serve a client: called once for each, with its connection.
using OnClient = std::function<void(tcp::socket)>;

/// accept_loop.cpp: calls `on_client` for everybody who connects, until the acceptor is closed.
/// Then the loop ends, and nothing of it is left that would keep the io_context running. If
/// accepting fails, as without a free descriptor, it is tried again after 100 ms, and in the
/// meantime the thread serves others; the acceptor may be closed in that time, too.
void accept_clients(tcp::acceptor& acceptor, OnClient on_client);

/// exact_server.cpp: reads exactly one header, then exactly one payload, then writes the reply.
void serve_exact(tcp::acceptor& acceptor, const ServerOptions& options);

/// bulk_server.cpp: reads whatever is there, up to options.read_size bytes at a time, and answers
/// all whole frames among it with one write.
void serve_bulk(tcp::acceptor& acceptor, const ServerOptions& options);

}  // namespace lab
