#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// What tests send and expect. Written without the code that is tested.
namespace lab {

/// Bytes that look different wherever they are cut; from the story's seed.
[[nodiscard]] std::string some_bytes(std::size_t size);

/// Four bytes of length, the highest first, and the payload.
[[nodiscard]] std::string frame(std::string_view payload);
/// The four bytes alone.
[[nodiscard]] std::string header(std::uint32_t length);

/// So many bytes have come for a socket of the program and were not received yet.
[[nodiscard]] std::size_t unread_bytes(int descriptor);

}  // namespace lab
