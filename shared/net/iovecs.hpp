#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cstddef>

#include "shared/buffers/buffer_sequence.hpp"

namespace iolab {

/// A sequence of buffers as POSIX wants it for a vectored send.
class Iovecs {
 public:
  /// Pieces beyond this many wait for the next send.
  static constexpr std::size_t most = 64;

  Iovecs() noexcept = default;
  explicit Iovecs(const BufferSequence& bytes) noexcept { assign(bytes); }
  Iovecs(const Iovecs&) = delete;
  Iovecs& operator=(const Iovecs&) = delete;

  void assign(const BufferSequence& bytes) noexcept {
    message_.msg_iov = entries_.data();
    message_.msg_iovlen = 0;
    for (const BufferSequence::Piece piece : bytes) {
      if (message_.msg_iovlen == most) return;
      entries_[message_.msg_iovlen++] = {const_cast<std::byte*>(piece.data()), piece.size()};
    }
  }

  /// Points into this object.
  [[nodiscard]] const msghdr* message() const noexcept { return &message_; }

 private:
  msghdr message_{};
  std::array<iovec, most> entries_;  // the first msg_iovlen are set
};

}  // namespace iolab
