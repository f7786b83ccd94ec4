#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "shared/buffers/buffer_sequence.hpp"
#include "shared/net/handle.hpp"
#include "shared/net/unique_handle.hpp"

/// The one place where sockets are made and configured, the same for every server.
/// Set-up functions throw std::system_error; functions of the data path return a value.
namespace iolab {

inline constexpr int listen_backlog = 4096;

/// A listening, non-blocking TCP socket on `address` (an IPv4 or IPv6 literal). Port 0 lets the
/// system choose. With `share_port` several listeners may share one port and the system spreads
/// the connections over them (SO_REUSEPORT).
[[nodiscard]] UniqueHandle listen_on(const std::string& address, std::uint16_t port,
                                     bool share_port);

/// The port a bound socket has.
[[nodiscard]] std::uint16_t local_port(Handle handle);

/// True if the bound socket's address is an IPv6 one.
[[nodiscard]] bool is_ipv6(Handle handle);

void set_nonblocking(Handle handle, bool enabled);

/// Options of an accepted connection: TCP_NODELAY, since every server writes whole replies.
void configure_connection(Handle handle) noexcept;

enum class IoStatus : std::uint8_t {
  done,         ///< `bytes` were transferred
  would_block,  ///< nothing can be transferred now
  end,          ///< the peer has finished sending
  failed,       ///< the connection is lost
};

struct IoResult {
  IoStatus status;
  std::size_t bytes = 0;
};

/// One receive, retried when a signal interrupts it.
[[nodiscard]] IoResult receive(Handle handle, std::span<std::byte> buffer) noexcept;

/// One send of all pieces, which may be short. A closed peer is an error here, never a SIGPIPE.
[[nodiscard]] IoResult send(Handle handle, const BufferSequence& bytes) noexcept;

/// Bytes that have arrived but were not received yet.
[[nodiscard]] std::size_t unread_bytes(Handle handle) noexcept;

/// Tells the peer that nothing more will be sent (FIN).
void shutdown_send(Handle handle) noexcept;

/// Closing the handle will reset the connection: what the peer does not have yet is thrown away.
void reset_on_close(Handle handle) noexcept;

/// Makes every call that blocks on the handle return, in whatever thread. A connection is over
/// then; a listener accepts no more.
void shutdown_both(Handle handle) noexcept;

/// The system's code of the last error of a socket call on this thread.
[[nodiscard]] int last_socket_error() noexcept;

/// Text of the last error of a socket call on this thread.
[[noreturn]] void throw_socket_error(const std::string& what);

}  // namespace iolab
