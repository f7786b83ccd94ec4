#pragma once

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "shared/net/sockets.hpp"
#include "shared/net/unique_handle.hpp"

namespace iolab::reactor::test {

/// Two connected stream sockets: `near` is what the test watches, `far` is the peer.
struct StreamPair {
  StreamPair() {
    std::array<int, 2> pair{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair.data()) != 0) {
      throw_socket_error("socketpair");
    }
    near.reset(pair[0]);
    far.reset(pair[1]);
  }

  UniqueHandle near;
  UniqueHandle far;
};

inline void write_text(const UniqueHandle& to, std::string_view text) {
  const IoResult result = send(to.get(), std::as_bytes(std::span(text)));
  if (result.bytes != text.size()) throw_socket_error("send");
}

/// Sends until the socket takes no more.
inline void fill(const UniqueHandle& to) {
  static constexpr std::array<std::byte, 4096> bytes{};
  while (send(to.get(), std::span<const std::byte>(bytes)).status == IoStatus::done) {
  }
}

/// Receives until nothing is left.
inline std::size_t drain(const UniqueHandle& from) {
  std::array<std::byte, 4096> bytes;
  std::size_t total = 0;
  for (;;) {
    const IoResult result = receive(from.get(), bytes);
    if (result.status != IoStatus::done) return total;
    total += result.bytes;
  }
}

}  // namespace iolab::reactor::test
