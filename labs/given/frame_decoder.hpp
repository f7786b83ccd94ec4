#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace lab {

/// A frame is four bytes of length, the highest byte first, and so many bytes of payload. A length
/// of 0 is a frame too.
inline constexpr std::size_t frame_header_size = 4;

/// Cuts a stream of bytes into frames, whatever the pieces in which it arrives. It does no I/O, so
/// that a test can feed it anything.
class FrameDecoder {
 public:
  FrameDecoder() = default;
  FrameDecoder(const FrameDecoder&) = delete;
  FrameDecoder& operator=(const FrameDecoder&) = delete;
  virtual ~FrameDecoder() = default;

  enum class Status : std::uint8_t {
    frame,      ///< here is the next one
    need_more,  ///< what was fed so far holds no further whole frame
    too_long,   ///< the next frame's length is above the limit: the stream cannot be read on
  };

  struct Next {
    Status status;
    std::span<const std::byte> payload{};  ///< of a frame; valid until the next feed() or next()
  };

  /// More of the stream. The bytes need not outlive the call. Must not be called after too_long.
  virtual void feed(std::span<const std::byte> bytes) = 0;

  /// The next whole frame of what was fed. After too_long it says too_long for ever.
  [[nodiscard]] virtual Next next() = 0;

  /// Bytes that were fed and are not yet part of a frame that next() gave out.
  [[nodiscard]] virtual std::size_t pending() const noexcept = 0;

  /// Bytes of memory the decoder holds for payloads, used or not. A length that a client merely
  /// claims costs none: only bytes that have come do.
  [[nodiscard]] virtual std::size_t memory() const noexcept = 0;
};

/// Lab 01: frame_decoder.cpp. A payload may have up to `max_frame` bytes.
[[nodiscard]] std::unique_ptr<FrameDecoder> make_frame_decoder(std::uint32_t max_frame);

}  // namespace lab
