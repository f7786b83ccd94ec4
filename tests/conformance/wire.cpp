#include "tests/conformance/wire.hpp"

#include <algorithm>
#include <random>

namespace iolab::conformance {

Bytes pattern(std::size_t size, std::uint32_t seed) {
  Bytes bytes(size);
  std::uint32_t state = seed * 2654435761U + 1;
  for (auto& byte : bytes) {
    state = state * 1664525U + 1013904223U;
    byte = static_cast<std::byte>(state >> 24);
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
  if (offset < common) return testing::AssertionFailure() << "wrong byte at offset " << offset;
  if (actual.size() <= expected.size()) return testing::AssertionSuccess();
  return testing::AssertionFailure()
         << actual.size() << " bytes came, " << expected.size() << " were expected";
}

testing::AssertionResult same_bytes(ByteView actual, ByteView expected) {
  const auto prefix = is_prefix(actual, expected);
  if (!prefix || actual.size() == expected.size()) return prefix;
  return testing::AssertionFailure()
         << "only " << actual.size() << " of " << expected.size() << " bytes came";
}

}  // namespace iolab::conformance
