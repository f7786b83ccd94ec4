#pragma once

#include <algorithm>
#include <string>

#include "machine/asio/asio_bench.hpp"
#include "machine/wire.hpp"

namespace lab {

/// A bench with small numbers: the server may hold 1000 bytes of output, receives 100 at a time,
/// and a socket has room for 100.
class SmallBench : public AsioBench {
 public:
  SmallBench() : AsioBench(Protocol::echo) {
    options.output_limit = 1000;
    options.read_size = 100;
    kernel.send_buffer(socket_room);
  }

  static constexpr std::size_t socket_room = 100;

  /// Of `sent` bytes of a client those that the server has received.
  static std::size_t taken(const Client& client, std::size_t sent) {
    return sent - unread_bytes(client.descriptor());
  }

  /// Of `sent` bytes of a client who takes nothing but by takes_once(): those that the server
  /// holds.
  static std::size_t held(const Client& client, std::size_t sent) {
    const std::size_t gone = client.received().size() + socket_room;
    return taken(client, sent) - std::min(gone, taken(client, sent));
  }
};

}  // namespace lab
