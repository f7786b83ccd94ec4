#pragma once

#include <liburing.h>

#include <deque>
#include <new>

#include "shared/net/handle.hpp"
#include "shared/net/iovecs.hpp"

namespace iolab::proactor {

/// What submissions of vectored sends point to. The kernel reads it when it takes the submission,
/// and not later, so one place serves all connections of a ring.
class VectoredSends {
 public:
  /// Makes `entry` a send of `bytes` to the socket `handle`. It may be short.
  void prepare(io_uring_sqe& entry, Handle handle, const BufferSequence& bytes) noexcept {
    const msghdr* const message = bytes.is_single() ? nullptr : add(bytes);
    if (message) {
      io_uring_prep_sendmsg(&entry, handle, message, MSG_NOSIGNAL);
    } else {
      io_uring_prep_send(&entry, handle, bytes.front().data(), bytes.front().size(), MSG_NOSIGNAL);
    }
  }

  /// To be called when the kernel has taken every submission.
  void clear() noexcept { used_ = 0; }

 private:
  // Null when there is no memory for it: sending one piece after the other needs none.
  [[nodiscard]] const msghdr* add(const BufferSequence& bytes) noexcept {
    try {
      if (used_ == all_.size()) all_.emplace_back();
    } catch (const std::bad_alloc&) {
      return nullptr;
    }
    Iovecs& send = all_[used_++];
    send.assign(bytes);
    return send.message();
  }

  std::deque<Iovecs> all_;  // kept, for the next ones
  std::size_t used_ = 0;
};

}  // namespace iolab::proactor
