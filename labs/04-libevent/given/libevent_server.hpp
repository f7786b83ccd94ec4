#pragma once

#include <event2/event.h>

#include <memory>

#include "server.hpp"

/// The server of lab 03 in libevent's loop instead of ours, twice.
///
/// `base` is somebody else's, who runs its loop and calls tick() from it; it outlives the server.
/// `listener` is a listening, non-blocking descriptor and the server's from now on: it is closed
/// when the server begins to drain, or dies. All calls come from the loop's thread. The factories
/// throw std::bad_alloc.
namespace lab {

/// raw_server.cpp: libevent says when a descriptor is ready, the server calls accept4(), recv() and
/// send() itself.
[[nodiscard]] std::unique_ptr<Server> make_raw_server(event_base* base, int listener,
                                                      const ServerOptions& options);

/// buffer_server.cpp: bufferevents receive and send, the server sees filled and emptied buffers.
/// For the whole process it has SIGPIPE ignored.
[[nodiscard]] std::unique_ptr<Server> make_buffer_server(event_base* base, int listener,
                                                         const ServerOptions& options);

}  // namespace lab
