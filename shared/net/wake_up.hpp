#pragma once

#include <chrono>

#include "shared/net/unique_handle.hpp"

namespace iolab {

/// Wakes an engine that waits for sockets, by giving it one that becomes readable.
/// A socket pair rather than an eventfd, so that every demultiplexer can wait for it.
class WakeUp {
 public:
  /// Throws std::system_error.
  WakeUp();

  /// What the engine watches for reading; non-blocking.
  [[nodiscard]] Handle handle() const noexcept { return receiver_.get(); }

  /// Callable from any thread and from a signal handler.
  void notify() const noexcept;

  /// Takes back earlier notifications, so that the handle is no longer readable.
  void clear() const noexcept;

  /// For a thread without an engine: waits for a notification and takes it back. False if none
  /// came in time.
  [[nodiscard]] bool wait(std::chrono::nanoseconds timeout) const noexcept;

 private:
  UniqueHandle receiver_;
  UniqueHandle sender_;
};

}  // namespace iolab
