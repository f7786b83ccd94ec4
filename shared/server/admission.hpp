#pragma once

#include <exception>
#include <utility>

#include "shared/server/connection_manager.hpp"

namespace iolab {

/// Admits one accepted peer. If the server has room, `make(conversation)` makes the connection and
/// returns its owner, a unique_ptr or a shared_ptr. Returns that owner, already known to
/// `connections`; null if the server is full, or if making the connection failed. A failure costs
/// at most this connection: it counts as shed; each manager reports its first one on stderr.
template <class Make>
[[nodiscard]] auto admit_connection(ConnectionManager& connections, Make make)
    -> decltype(make(connections.make_conversation())) {
  if (!connections.admit()) return nullptr;
  try {
    auto connection = make(connections.make_conversation());
    connections.opened(*connection);
    return connection;
  } catch (const std::exception& error) {
    connections.shed(error);
    return nullptr;
  }
}

}  // namespace iolab
