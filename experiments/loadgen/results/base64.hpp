#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace iolab::loadgen {

/// Base64 with padding, RFC 4648.
[[nodiscard]] std::string encode_base64(std::span<const std::uint8_t> bytes);

/// Throws std::invalid_argument if `text` is not base64 or is not padded to a multiple of 4.
[[nodiscard]] std::vector<std::uint8_t> decode_base64(std::string_view text);

}  // namespace iolab::loadgen
