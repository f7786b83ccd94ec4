#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace iolab {

inline constexpr std::size_t frame_header_size = 4;

/// The length field of a frame with `length` payload bytes, big-endian.
[[nodiscard]] std::array<std::byte, frame_header_size> encode_frame_header(std::uint32_t length);

/// Cuts a stream of bytes into frames, whatever the boundaries it arrives in. Keeps at most one
/// unfinished header itself and copies no payload; a length is only a number until bytes back it.
class FrameDecoder {
 public:
  explicit FrameDecoder(std::uint32_t max_frame) noexcept : max_frame_(max_frame) {}

  enum class Status : std::uint8_t { need_more, complete, too_long };

  struct Piece {
    Status status;                      ///< of the frame this piece belongs to
    std::span<const std::byte> header;  ///< with the first bytes of a frame, else empty; valid until next()
    std::span<const std::byte> payload;  ///< part of the input
    std::size_t consumed;                ///< bytes of the input this piece used
  };

  /// The next piece of a frame from the front of `bytes`, which are not empty. After too_long
  /// the stream is lost: call no more.
  [[nodiscard]] Piece next(std::span<const std::byte> bytes) noexcept;

 private:
  std::size_t take_header(std::span<const std::byte> bytes) noexcept;

  std::uint32_t max_frame_;
  std::uint32_t payload_left_ = 0;
  std::uint8_t header_filled_ = 0;
  bool in_payload_ = false;
  std::array<std::byte, frame_header_size> header_{};
};

}  // namespace iolab
