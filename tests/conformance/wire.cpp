#include "tests/conformance/wire.hpp"

#include <algorithm>
#include <cstring>
#include <random>

namespace iolab::conformance {
namespace {

std::string in_hex(std::byte byte) {
  constexpr std::string_view digits = "0123456789abcdef";
  const auto value = std::to_integer<unsigned>(byte);
  return std::string("byte 0x") + digits[value >> 4] + digits[value & 15];
}

}  // namespace

Bytes pattern(std::size_t size, std::uint32_t seed) {
  Bytes bytes(size);
  std::uint64_t state = seed * 0x9E3779B97F4A7C15U + 1;
  for (std::size_t i = 0; i < size; i += 4) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    std::memcpy(&bytes[i], reinterpret_cast<const std::byte*>(&state) + 4,
                std::min<std::size_t>(4, size - i));
  }
  return bytes;
}

Bytes header(std::uint32_t length) {
  return {static_cast<std::byte>(length >> 24), static_cast<std::byte>(length >> 16),
          static_cast<std::byte>(length >> 8), static_cast<std::byte>(length)};
}

Bytes frame(ByteView payload) {
  Bytes bytes = header(static_cast<std::uint32_t>(payload.size()));
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  return bytes;
}

Bytes message(Protocol protocol, std::size_t size, std::uint32_t seed) {
  return protocol == Protocol::echo ? pattern(size, seed) : frame(pattern(size - 4, seed));
}

Bytes message_stream(Protocol protocol, std::size_t total, std::uint32_t seed) {
  std::mt19937 random(seed);
  Bytes stream;
  stream.reserve(total);
  while (stream.size() < total) {
    const std::size_t left = total - stream.size();
    std::size_t size = std::min<std::size_t>(left, 4 + random() % 20000);
    if (left - size < 4) size = left;  // what remains must hold a header
    stream = std::move(stream) + message(protocol, size, seed++);
  }
  return stream;
}

Bytes operator+(Bytes left, const Bytes& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

testing::AssertionResult is_prefix(ByteView actual, ByteView expected) {
  const std::size_t common = std::min(actual.size(), expected.size());
  const auto differing = std::ranges::mismatch(actual.first(common), expected.first(common));
  const auto offset = static_cast<std::size_t>(differing.in1 - actual.first(common).begin());
  if (offset < common) {
    return testing::AssertionFailure() << "expected " << in_hex(expected[offset]) << " at offset "
                                       << offset << "; seen " << in_hex(actual[offset]);
  }
  if (actual.size() <= expected.size()) return testing::AssertionSuccess();
  return testing::AssertionFailure()
         << "expected " << expected.size() << " bytes; seen " << actual.size();
}

testing::AssertionResult same_bytes(ByteView actual, ByteView expected) {
  const auto prefix = is_prefix(actual, expected);
  if (!prefix || actual.size() == expected.size()) return prefix;
  return testing::AssertionFailure()
         << "expected " << expected.size() << " bytes; seen " << actual.size();
}

}  // namespace iolab::conformance
