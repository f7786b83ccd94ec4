#include "experiments/loadgen/results/base64.hpp"

#include <stdexcept>

namespace iolab::loadgen {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::uint32_t value_of(char digit) {
  const auto value = alphabet.find(digit);
  if (value == alphabet.npos) throw std::invalid_argument("not base64");
  return static_cast<std::uint32_t>(value);
}

}  // namespace

std::string encode_base64(std::span<const std::uint8_t> bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t present = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = (group << 8) | (k < present ? bytes[i + k] : std::uint8_t{0});
    }
    for (std::size_t k = 0; k < 4; ++k) {
      text += k <= present ? alphabet[(group >> (18 - 6 * k)) & 63] : '=';
    }
  }
  return text;
}

std::vector<std::uint8_t> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) throw std::invalid_argument("not base64, or cut");
  std::vector<std::uint8_t> bytes;
  bytes.reserve(text.size() / 4 * 3);
  for (std::size_t i = 0; i < text.size(); i += 4) {
    const bool last = i + 4 == text.size();
    const std::size_t padding = !last || text[i + 3] != '=' ? 0 : (text[i + 2] == '=' ? 2 : 1);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      group = (group << 6) | (k < 4 - padding ? value_of(text[i + k]) : 0);
    }
    for (std::size_t k = 0; k < 3 - padding; ++k) {
      bytes.push_back(static_cast<std::uint8_t>(group >> (16 - 8 * k)));
    }
  }
  return bytes;
}

}  // namespace iolab::loadgen
