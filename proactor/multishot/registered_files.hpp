#pragma once

#include <liburing.h>

#include <vector>

#include "proactor/uring_ring.hpp"
#include "shared/net/handle.hpp"

namespace iolab::proactor::multishot {

/// Sockets that the ring knows by an index in a table of its own, so that an operation need not
/// look the descriptor up and count a reference to it. The index is the descriptor's number.
class RegisteredFiles {
 public:
  /// `ring` must outlive the table. Throws EngineUnavailable.
  explicit RegisteredFiles(UringRing& ring);

  /// A socket for which there is no place is used by its descriptor.
  void add(Handle socket) noexcept;
  /// Before the socket is closed, or the table would keep it open.
  void remove(Handle socket) noexcept;

  /// Makes an entry, prepared for a socket's descriptor, use the table.
  void use(io_uring_sqe& entry) const noexcept;

 private:
  [[nodiscard]] bool set(Handle place, Handle file) noexcept;

  UringRing& ring_;
  std::vector<bool> has_;  // by descriptor
};

}  // namespace iolab::proactor::multishot
