#pragma once

#include <liburing.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>

namespace iolab::proactor {

/// How completions reach the thread, from the oldest kernel to the newest.
enum class UringSetup : std::uint8_t {
  none,   ///< 5.7: the kernel interrupts the thread to complete an operation
  coop,   ///< 5.19, COOP_TASKRUN: it waits until the thread makes some system call
  defer,  ///< 6.1, SINGLE_ISSUER and DEFER_TASKRUN: until the thread asks for completions
};

/// "none", "coop" or "defer"; for "newest" nothing, the choice being UringRing's.
[[nodiscard]] std::optional<UringSetup> parse_uring_setup(std::string_view name);

/// A pair of rings shared with the kernel: submissions go in, completions come out. Belongs to the
/// thread that made it.
class UringRing {
 public:
  /// Makes a ring with the set-up that is asked for, and if none is with the newest that the kernel
  /// knows. Throws EngineUnavailable with the likely cause.
  UringRing(std::optional<UringSetup> asked_for, unsigned entries);
  UringRing(const UringRing&) = delete;
  UringRing& operator=(const UringRing&) = delete;
  ~UringRing() { io_uring_queue_exit(&ring_); }

  /// The one it got.
  [[nodiscard]] UringSetup setup() const noexcept { return setup_; }

  /// What the kernel says that it can do: IORING_FEAT_….
  [[nodiscard]] unsigned features() const noexcept { return ring_.features; }

  /// Whether the kernel knows an operation: IORING_OP_….
  [[nodiscard]] bool supports(io_uring_op operation) noexcept;

  /// What a banner should call it: "io_uring", and the set-up where it is not the newest.
  [[nodiscard]] std::string_view engine() const noexcept;

  /// The next entry to fill in, all of it. When the queue is full the kernel is made to take what
  /// is there; should it refuse, entries wait in a backlog. Nothing is lost or reordered.
  [[nodiscard]] io_uring_sqe& next_submission();

  /// One system call: submits all, and waits for a completion at most `timeout` (negative:
  /// without limit). Throws std::system_error.
  void submit_and_wait(std::chrono::nanoseconds timeout);

  /// The kernel has taken every submission.
  [[nodiscard]] bool all_submitted() const noexcept {
    return backlog_.empty() && io_uring_sq_ready(&ring_) == 0;
  }

  /// Calls `handle(completion)` for every completion there is now. Its entry is given back first,
  /// so `handle` may submit and may throw. What completes meanwhile waits for the next turn:
  /// otherwise handlers whose submissions complete at once could keep this loop from ending.
  template <class Handle>
  void reap(Handle handle) {
    for (unsigned left = io_uring_cq_ready(&ring_); left > 0; --left) {
      io_uring_cqe* entry = nullptr;
      if (io_uring_peek_cqe(&ring_, &entry) != 0) return;
      const io_uring_cqe completion{entry->user_data, entry->res, entry->flags};
      io_uring_cqe_seen(&ring_, entry);
      handle(completion);
    }
  }

  /// For what is rarely needed.
  [[nodiscard]] io_uring* raw() noexcept { return &ring_; }

 private:
  void submit_backlog();

  io_uring ring_{};
  UringSetup setup_;
  std::deque<io_uring_sqe> backlog_;
};

}  // namespace iolab::proactor
