#include "experiments/loadgen/results/histogram_codec.hpp"

#include <zlib.h>

#include <bit>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

#include "experiments/loadgen/results/base64.hpp"

namespace iolab::loadgen {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint32_t plain_cookie = 0x1c849313;
constexpr std::uint32_t compressed_cookie = 0x1c849314;
constexpr std::size_t compressed_header_size = 8;
constexpr std::size_t header_size = 40;
constexpr std::size_t longest_leb128 = 9;
// Each count of ours takes at most this much; what claims to be longer is not ours.
constexpr std::size_t largest_plain = header_size + longest_leb128 * Histogram::counts_size;

void put(Bytes& bytes, std::uint64_t value, int size) {
  for (int i = size - 1; i >= 0; --i) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

std::uint64_t get(std::span<const std::uint8_t> bytes, std::size_t offset, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value = (value << 8) | bytes[offset + i];
  return value;
}

// ZigZag moves the sign to the lowest bit, LEB128 takes 7 bits per byte; the ninth byte has 8.
void put_signed(Bytes& bytes, std::int64_t value) {
  auto rest = (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
  for (std::size_t i = 1; i < longest_leb128 && rest > 0x7f; ++i, rest >>= 7) {
    bytes.push_back(static_cast<std::uint8_t>(rest | 0x80));
  }
  bytes.push_back(static_cast<std::uint8_t>(rest));
}

std::int64_t get_signed(std::span<const std::uint8_t> bytes, std::size_t& offset) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < longest_leb128; ++i) {
    if (offset == bytes.size()) throw std::invalid_argument("histogram: cut within a count");
    const std::uint64_t byte = bytes[offset++];
    const bool last = i + 1 == longest_leb128;
    value |= (last ? byte : byte & 0x7f) << (7 * i);
    if (last || (byte & 0x80) == 0) break;
  }
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

Bytes encode_counts(const Histogram& histogram) {
  Bytes payload;
  if (histogram.count() == 0) return payload;
  const std::size_t end = Histogram::index_of(histogram.max_ns()) + 1;
  for (std::size_t i = 0; i < end;) {
    std::int64_t zeros = 0;
    while (i < end && histogram.counts()[i] == 0) ++zeros, ++i;
    if (zeros > 1) put_signed(payload, -zeros);
    if (zeros == 1) put_signed(payload, 0);
    if (i < end) put_signed(payload, static_cast<std::int64_t>(histogram.counts()[i++]));
  }
  return payload;
}

Histogram decode_counts(std::span<const std::uint8_t> payload) {
  Histogram histogram;
  std::size_t index = 0;
  for (std::size_t offset = 0; offset < payload.size();) {
    const std::int64_t count = get_signed(payload, offset);
    const std::size_t room = Histogram::counts_size - index;
    const bool is_run = count < 0;
    if (room == 0 || (is_run && static_cast<std::uint64_t>(-(count + 1)) >= room)) {
      throw std::invalid_argument("histogram: has values above 60 s");
    }
    if (count > 0) {
      histogram.record(Histogram::bucket_at(index, 0).highest_ns,
                       static_cast<std::uint64_t>(count));
    }
    index += is_run ? static_cast<std::size_t>(-count) : 1;
  }
  return histogram;
}

Bytes compress(const Bytes& plain) {
  uLongf size = ::compressBound(static_cast<uLong>(plain.size()));
  Bytes packed(size);
  if (::compress(packed.data(), &size, plain.data(), static_cast<uLong>(plain.size())) != Z_OK) {
    throw std::runtime_error("histogram: zlib cannot compress");
  }
  packed.resize(size);
  return packed;
}

Bytes uncompress(std::span<const std::uint8_t> packed) {
  Bytes plain(largest_plain);
  auto size = static_cast<uLongf>(plain.size());
  if (::uncompress(plain.data(), &size, packed.data(), static_cast<uLong>(packed.size())) != Z_OK) {
    throw std::invalid_argument("histogram: damaged, zlib cannot uncompress it");
  }
  plain.resize(size);
  return plain;
}

}  // namespace

std::string encode_histogram(const Histogram& histogram) {
  const Bytes payload = encode_counts(histogram);
  Bytes plain;
  put(plain, plain_cookie, 4);
  put(plain, payload.size(), 4);
  put(plain, 0, 4);  // normalizing index offset: counts are not shifted
  put(plain, Histogram::significant_digits, 4);
  put(plain, 1, 8);  // lowest discernible value
  put(plain, Histogram::highest_value_ns, 8);
  put(plain, std::bit_cast<std::uint64_t>(1.0), 8);  // integer to double conversion ratio
  plain.insert(plain.end(), payload.begin(), payload.end());

  const Bytes packed = compress(plain);
  Bytes bytes;
  put(bytes, compressed_cookie, 4);
  put(bytes, packed.size(), 4);
  bytes.insert(bytes.end(), packed.begin(), packed.end());
  return encode_base64(bytes);
}

Histogram decode_histogram(std::string_view text) {
  const Bytes bytes = decode_base64(text);
  if (bytes.size() < compressed_header_size || get(bytes, 0, 4) != compressed_cookie ||
      get(bytes, 4, 4) != bytes.size() - compressed_header_size) {
    throw std::invalid_argument("histogram: not in compressed format V2, or cut");
  }
  const Bytes plain = uncompress(std::span(bytes).subspan(compressed_header_size));
  if (plain.size() < header_size || get(plain, 0, 4) != plain_cookie ||
      get(plain, 4, 4) != plain.size() - header_size) {
    throw std::invalid_argument("histogram: not in format V2, or cut");
  }
  if (get(plain, 8, 4) != 0 || get(plain, 12, 4) != Histogram::significant_digits ||
      get(plain, 16, 8) != 1) {
    throw std::invalid_argument("histogram: its resolution is not 3 digits from 1 ns");
  }
  return decode_counts(std::span(plain).subspan(header_size));
}

}  // namespace iolab::loadgen
