#pragma once

#include <pthread.h>

#include <span>

#include "shared/net/sockets.hpp"

namespace iolab::blocking {

/// How one thread gets another out of a blocking receive without ending the connection. POSIX has
/// only signals for that; this one is SIGUSR1, with a handler that does nothing.
class Interrupt {
 public:
  /// For the calling thread. Throws std::system_error.
  Interrupt();

  /// Makes that thread's receive_or_interrupt() return. A call that begins just after this does not
  /// notice it, so raise again and again until the thread has let the connection go. The thread
  /// must still exist.
  void raise() const noexcept;

 private:
  pthread_t thread_;
};

/// Like receive(), but says would_block when an interrupt came before any byte.
[[nodiscard]] IoResult receive_or_interrupt(Handle handle, std::span<std::byte> buffer) noexcept;

}  // namespace iolab::blocking
