#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

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

/// The life of a connection above its I/O, the same for every server: it says what the engine may
/// do next, and the engine reports what it did. In order: talk; once a reason to end has come, send
/// what is pending; half-close, so that no late input can destroy replies on their way; discard
/// input until the peer's own end. No socket, no time, no thread of its own.
class Conversation {
 public:
  /// Reading pauses while more than `output_limit` bytes are pending; 0 means no limit.
  Conversation(std::unique_ptr<Session> session, std::size_t output_limit) noexcept
      : session_(std::move(session)), output_limit_(output_limit) {}

  // What the engine may do.

  [[nodiscard]] bool wants_read() const noexcept {
    return !input_ended_ && (output_limit_ == 0 || session_->pending_bytes() <= output_limit_);
  }
  [[nodiscard]] bool wants_write() const noexcept { return session_->pending_bytes() > 0; }
  [[nodiscard]] bool wants_half_close() const noexcept {
    return ending_ && !half_closed_ && !wants_write();
  }
  /// Nothing is left to do but to close.
  [[nodiscard]] bool finished() const noexcept {
    return failed_ || (input_ended_ && !wants_write());
  }

  [[nodiscard]] std::span<const std::byte> pending_output() const noexcept {
    return session_->pending_output();
  }

  // What the engine did.

  /// Returns true if a whole message was completed. When memory runs out this connection is over,
  /// since its stream has a gap, and only this one.
  bool received(std::span<const std::byte> bytes) noexcept;
  void received_end() noexcept { input_ended_ = true; }
  void sent(std::size_t n) noexcept;
  void half_closed() noexcept { half_closed_ = true; }

  /// The server stops: input that comes from now on is not answered.
  void drain() noexcept { end(CloseReason::drained); }

  /// Why it ends; meaningful once finished(), or when it is protocol_error.
  [[nodiscard]] CloseReason reason() const noexcept { return reason_; }
  [[nodiscard]] const Traffic& traffic() const noexcept { return traffic_; }

 private:
  void end(CloseReason reason) noexcept;

  std::unique_ptr<Session> session_;
  std::size_t output_limit_;
  Traffic traffic_;
  CloseReason reason_ = CloseReason::by_peer;
  bool input_ended_ = false;
  bool ending_ = false;
  bool half_closed_ = false;
  bool failed_ = false;
};

}  // namespace iolab
