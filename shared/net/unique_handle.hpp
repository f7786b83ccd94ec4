#pragma once

#include <utility>

#include "shared/net/handle.hpp"

namespace iolab {

/// Closes a socket. The handle must be open.
void close_handle(Handle handle) noexcept;

/// Sole owner of an open socket: closes it when destroyed.
class UniqueHandle {
 public:
  UniqueHandle() = default;
  explicit UniqueHandle(Handle handle) noexcept : handle_(handle) {}
  UniqueHandle(UniqueHandle&& other) noexcept : handle_(other.release()) {}
  UniqueHandle& operator=(UniqueHandle&& other) noexcept {
    reset(other.release());
    return *this;
  }
  ~UniqueHandle() { reset(); }

  [[nodiscard]] Handle get() const noexcept { return handle_; }
  explicit operator bool() const noexcept { return handle_ != invalid_handle; }

  /// Gives the handle up to the caller, who must close it.
  [[nodiscard]] Handle release() noexcept { return std::exchange(handle_, invalid_handle); }

  void reset(Handle handle = invalid_handle) noexcept {
    if (handle_ != invalid_handle) close_handle(handle_);
    handle_ = handle;
  }

 private:
  Handle handle_ = invalid_handle;
};

}  // namespace iolab
