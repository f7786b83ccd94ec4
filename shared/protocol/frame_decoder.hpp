#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace iolab {

inline constexpr std::size_t frame_header_size = 4;

/// The length field of a frame with `length` payload bytes, big-endian.
[[nodiscard]] std::array<std::byte, frame_header_size> encode_frame_header(std::uint32_t length);

[[nodiscard]] constexpr std::uint32_t decode_frame_header(
    std::span<const std::byte, frame_header_size> header) noexcept {
  const auto byte = [&](std::size_t i) { return std::to_integer<std::uint32_t>(header[i]); };
  return byte(0) << 24 | byte(1) << 16 | byte(2) << 8 | byte(3);
}

/// Cuts a stream of bytes into frames, whatever the boundaries it arrives in. Keeps at most one
/// unfinished header itself and copies no payload; a length is only a number until bytes back it.
class FrameDecoder {
 public:
  explicit FrameDecoder(std::uint32_t max_frame) noexcept : max_frame_(max_frame) {}

  /// Whole frames in a row, or part of one: `header`, then `bytes`.
  struct Piece {
    std::uint64_t completed = 0;  ///< frames that end with this piece
    bool too_long = false;        ///< the next frame's length is above the limit
    /// One that began in an earlier input; valid until next(). Otherwise it is in `bytes`.
    std::span<const std::byte> header{};
    std::span<const std::byte> bytes{};  ///< part of the input, behind those of the last piece
    std::size_t consumed = 0;            ///< bytes of the input this piece used
  };

  /// The next piece from the front of `bytes`, which are not empty. After one that is too long the
  /// stream is lost: call no more.
  [[nodiscard]] Piece next(std::span<const std::byte> bytes) noexcept;

 private:
  void take_whole_frames(std::span<const std::byte> bytes, Piece& piece) const noexcept;
  void take_part_of_frame(std::span<const std::byte> bytes, Piece& piece) noexcept;
  std::size_t take_header(std::span<const std::byte> bytes) noexcept;

  std::uint32_t max_frame_;
  std::uint32_t payload_left_ = 0;
  std::uint8_t header_filled_ = 0;
  bool in_payload_ = false;
  std::array<std::byte, frame_header_size> header_{};
};

}  // namespace iolab
