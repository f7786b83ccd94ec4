#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace iolab::proactor::asio_callbacks {

/// What a textbook server asks for next: exactly one header, then exactly one body.
class ExactReader {
 public:
  /// Bytes the next read should bring; never 0.
  [[nodiscard]] std::size_t wanted() const noexcept { return wanted_; }

  /// Up to wanted() bytes were read.
  void received(std::span<const std::byte> bytes) noexcept;

 private:
  static constexpr std::size_t header_size = 4;

  std::size_t wanted_ = header_size;
  std::uint32_t length_ = 0;
  bool in_header_ = true;
};

}  // namespace iolab::proactor::asio_callbacks
