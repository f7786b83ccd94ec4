#include "shared/protocol/frame_decoder.hpp"

#include <algorithm>
#include <cstring>

namespace iolab {

std::array<std::byte, frame_header_size> encode_frame_header(std::uint32_t length) {
  return {std::byte(length >> 24), std::byte(length >> 16), std::byte(length >> 8),
          std::byte(length)};
}

FrameDecoder::Piece FrameDecoder::next(std::span<const std::byte> bytes) noexcept {
  Piece piece;
  // A read mostly brings whole frames, and many of them.
  if (header_filled_ == 0) take_whole_frames(bytes, piece);
  if (piece.completed == 0) take_part_of_frame(bytes, piece);
  return piece;
}

void FrameDecoder::take_whole_frames(std::span<const std::byte> bytes,
                                     Piece& piece) const noexcept {
  while (bytes.size() - piece.consumed >= frame_header_size) {
    const auto rest = bytes.subspan(piece.consumed);
    const std::uint32_t length = decode_frame_header(rest.first<frame_header_size>());
    if (length > max_frame_ || length > rest.size() - frame_header_size) break;
    piece.consumed += frame_header_size + length;
    ++piece.completed;
  }
  piece.bytes = bytes.first(piece.consumed);
}

std::size_t FrameDecoder::take_header(std::span<const std::byte> bytes) noexcept {
  const std::size_t n = std::min(bytes.size(), frame_header_size - header_filled_);
  std::memcpy(header_.data() + header_filled_, bytes.data(), n);
  header_filled_ = static_cast<std::uint8_t>(header_filled_ + n);
  if (header_filled_ == frame_header_size) payload_left_ = decode_frame_header(header_);
  return n;
}

void FrameDecoder::take_part_of_frame(std::span<const std::byte> bytes, Piece& piece) noexcept {
  const bool begins_here = header_filled_ == 0;
  if (header_filled_ < frame_header_size) {
    piece.consumed = take_header(bytes);
    if (header_filled_ < frame_header_size) return;
    piece.too_long = payload_left_ > max_frame_;
    if (piece.too_long) return;
  }
  const auto rest = bytes.subspan(piece.consumed);
  piece.bytes = rest.first(std::min<std::size_t>(rest.size(), payload_left_));
  piece.consumed += piece.bytes.size();
  payload_left_ -= static_cast<std::uint32_t>(piece.bytes.size());
  const bool complete = payload_left_ == 0;

  // The header goes out with the first payload byte, so that a bare claim of length costs nothing.
  if (!in_payload_ && (complete || !piece.bytes.empty())) {
    if (begins_here) {
      piece.bytes = bytes.first(piece.consumed);
    } else {
      piece.header = header_;
    }
    in_payload_ = true;
  }
  if (complete) {
    piece.completed = 1;
    header_filled_ = 0;
    in_payload_ = false;
  }
}

}  // namespace iolab
