#include "proactor/asio/exact_reader.hpp"

namespace iolab::proactor::asio_callbacks {

void ExactReader::received(std::span<const std::byte> bytes) noexcept {
  if (in_header_) {
    for (const std::byte byte : bytes)
      length_ = length_ << 8 | std::to_integer<std::uint32_t>(byte);
  }
  wanted_ -= bytes.size();
  if (wanted_ > 0) return;
  in_header_ = !in_header_ || length_ == 0;
  wanted_ = in_header_ ? header_size : length_;
  if (in_header_) length_ = 0;
}

}  // namespace iolab::proactor::asio_callbacks
