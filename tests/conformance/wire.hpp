#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

/// What goes over the wire. Written anew rather than taken from shared/: a test that encodes with
/// the code it tests would agree with its mistakes.
namespace iolab::conformance {

using Bytes = std::vector<std::byte>;
using ByteView = std::span<const std::byte>;

enum class Protocol : std::uint8_t { echo, framed };

/// `size` bytes that differ from position to position and from seed to seed.
[[nodiscard]] Bytes pattern(std::size_t size, std::uint32_t seed = 1);

/// The four bytes that claim a payload of `length` bytes.
[[nodiscard]] Bytes header(std::uint32_t length);

[[nodiscard]] Bytes frame(ByteView payload);

/// One message of `size` bytes on the wire; at least 4 for framed. Its reply is the same bytes.
[[nodiscard]] Bytes message(Protocol protocol, std::size_t size, std::uint32_t seed = 1);

/// Messages of differing sizes one behind the other, `total` bytes in all, at least 4.
[[nodiscard]] Bytes message_stream(Protocol protocol, std::size_t total, std::uint32_t seed = 1);

[[nodiscard]] Bytes operator+(Bytes left, const Bytes& right);

/// Says at which offset two streams differ rather than printing them.
[[nodiscard]] testing::AssertionResult same_bytes(ByteView actual, ByteView expected);

/// Succeeds if `actual` is the beginning of `expected`, or all of it.
[[nodiscard]] testing::AssertionResult is_prefix(ByteView actual, ByteView expected);

}  // namespace iolab::conformance
