#include "shared/protocol/frame_decoder.hpp"

#include <algorithm>
#include <cstring>

namespace iolab {
namespace {

std::uint32_t decode_length(const std::array<std::byte, frame_header_size>& header) {
  std::uint32_t length = 0;
  for (const std::byte byte : header) length = length << 8 | std::to_integer<std::uint32_t>(byte);
  return length;
}

}  // namespace

std::array<std::byte, frame_header_size> encode_frame_header(std::uint32_t length) {
  return {std::byte(length >> 24), std::byte(length >> 16), std::byte(length >> 8),
          std::byte(length)};
}

std::size_t FrameDecoder::take_header(std::span<const std::byte> bytes) noexcept {
  const std::size_t n = std::min(bytes.size(), frame_header_size - header_filled_);
  std::memcpy(header_.data() + header_filled_, bytes.data(), n);
  header_filled_ = static_cast<std::uint8_t>(header_filled_ + n);
  if (header_filled_ == frame_header_size) payload_left_ = decode_length(header_);
  return n;
}

FrameDecoder::Piece FrameDecoder::next(std::span<const std::byte> bytes) noexcept {
  std::size_t consumed = 0;
  if (header_filled_ < frame_header_size) {
    consumed = take_header(bytes);
    if (header_filled_ < frame_header_size) return {Status::need_more, {}, {}, consumed};
    if (payload_left_ > max_frame_) return {Status::too_long, {}, {}, consumed};
  }
  const auto payload =
      bytes.subspan(consumed, std::min<std::size_t>(bytes.size() - consumed, payload_left_));
  payload_left_ -= static_cast<std::uint32_t>(payload.size());
  const bool complete = payload_left_ == 0;

  Piece piece{complete ? Status::complete : Status::need_more, {}, payload, consumed + payload.size()};
  // The header goes out with the first payload byte, so that a bare claim of length costs nothing.
  if (!in_payload_ && (complete || !payload.empty())) {
    piece.header = header_;
    in_payload_ = true;
  }
  if (complete) {
    header_filled_ = 0;
    in_payload_ = false;
  }
  return piece;
}

}  // namespace iolab
