#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "shared/protocol/session.hpp"

namespace iolab {

enum class CloseReason : std::uint8_t {
  by_peer,         ///< the peer finished and had every reply
  idle_timeout,    ///< no whole message came and no output was taken for too long
  protocol_error,  ///< earlier replies were sent, then the connection ended
  io_error,        ///< reset, or any other error of the socket
  drained,         ///< the server stopped; everything received had been answered
  drain_timeout,   ///< the server stopped and the peer did not let go in time
};
inline constexpr std::size_t close_reasons = 6;

/// What was moved over one connection.
struct Traffic {
  std::uint64_t bytes_received = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t messages = 0;
};

/// How much one connection may hold at a time, in bytes.
struct FlowLimits {
  std::size_t output_limit = 0;    ///< reading pauses while more is pending; 0: no limit
  std::uint32_t first_read = 0;    ///< room for a read at first, and again once little comes
  std::uint32_t largest_read = 0;  ///< room for a read while much comes; at least first_read
};

/// The life of a connection above its I/O, the same for every server: it says what the engine may
/// do next, and the engine reports what it did. In order: talk; once a reason to end has come, send
/// what is pending; half-close, so that no late input can destroy replies on their way; discard
/// input until the peer's own end. No socket, no time, no thread of its own.
class Conversation {
 public:
  /// `limits` must outlive it.
  Conversation(std::unique_ptr<Session> session, const FlowLimits& limits) noexcept
      : session_(std::move(session)), limits_(&limits) {}

  // What the engine may do.

  [[nodiscard]] bool wants_read() const noexcept {
    return !input_ended_ &&
           (limits_->output_limit == 0 || session_->pending_bytes() <= limits_->output_limit);
  }
  [[nodiscard]] bool wants_write() const noexcept { return session_->pending_bytes() > 0; }
  [[nodiscard]] bool wants_half_close() const noexcept {
    return ending_ && !half_closed_ && !wants_write();
  }
  /// Nothing is left to do but to close.
  [[nodiscard]] bool finished() const noexcept {
    return failed_ || (input_ended_ && !wants_write());
  }

  [[nodiscard]] BufferSequence pending_output() const noexcept {
    return session_->pending_output();
  }

  /// How much room the next read should have: it grows while reads fill what they are given.
  [[nodiscard]] std::size_t read_size() const noexcept {
    const std::uint64_t grown = std::uint64_t{limits_->first_read} << (growth_bits * growth_steps_);
    return std::min<std::uint64_t>(grown, limits_->largest_read);
  }

  /// Sees to it that `chunk` has read_size() bytes of room. False if there is no memory for it.
  [[nodiscard]] bool make_room(ChunkPtr& chunk) const noexcept;

  // What the engine did.

  /// The first `size` bytes of `input` are new, at least one. It may keep the chunk and leave null.
  /// Returns true if a whole message was completed. When memory runs out this connection is over,
  /// since its stream has a gap, and only this one.
  bool received(ChunkPtr& input, std::size_t size) noexcept;
  void received_end() noexcept { input_ended_ = true; }
  /// For engines that lend bytes to the system beyond sent(): see OutputQueue::lend_front().
  std::size_t lend_front() noexcept { return session_->lend_front(); }
  /// As Session::sent().
  void sent(std::size_t n, ChunkPtr* kept = nullptr) noexcept;
  void half_closed() noexcept { half_closed_ = true; }
  /// Nothing has come for a while: the next read has little room again.
  void went_quiet() noexcept { growth_steps_ = 0; }

  /// The server stops: input that comes from now on is not answered.
  void drain() noexcept { end(CloseReason::drained); }

  /// Why it ends; meaningful once finished(), or when it is protocol_error.
  [[nodiscard]] CloseReason reason() const noexcept { return reason_; }
  [[nodiscard]] const Traffic& traffic() const noexcept { return traffic_; }

 private:
  static constexpr unsigned growth_bits = 2;  // from one size of reads to the next: times four

  void end(CloseReason reason) noexcept;
  void adapt_read_size(std::size_t received) noexcept;

  std::unique_ptr<Session> session_;
  const FlowLimits* limits_;
  Traffic traffic_;
  // Small, as there may be thousands of conversations: a number of steps instead of a size.
  std::uint8_t growth_steps_ = 0;
  std::uint8_t small_reads_ = 0;  // in a row, much smaller than their room
  CloseReason reason_ = CloseReason::by_peer;
  bool input_ended_ = false;
  bool ending_ = false;
  bool half_closed_ = false;
  bool failed_ = false;
};

}  // namespace iolab
