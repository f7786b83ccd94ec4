#pragma once

#include <cstddef>
#include <functional>
#include <span>

namespace lab {

/// Sends all of `bytes` on a blocking socket, however many calls that takes. False if the
/// connection is lost; the program survives that.
[[nodiscard]] bool send_all(int connection, std::span<const std::byte> bytes);

/// Serves one client on its blocking socket: every byte comes back, in order, until the client has
/// finished sending or is gone. Then closes `connection`, exactly once.
void serve_connection(int connection);

/// Accepts clients at a blocking listener and calls `serve` with the descriptor of each, for ever;
/// main.cpp's `serve` starts a thread and returns at once. Returns only if accepting cannot go on,
/// with errno as accept() left it. A client that went away before it was accepted, a signal and a
/// lack of descriptors or memory are no reasons: with the last, call `rest` before the next try.
void accept_clients(int listener, const std::function<void(int)>& serve,
                    const std::function<void()>& rest);

}  // namespace lab
