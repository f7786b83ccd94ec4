#include "experiments/loadgen/wire/wire_pattern.hpp"

#include <algorithm>
#include <cstdint>

namespace iolab::loadgen {
namespace {

constexpr std::size_t header_size = 4;
constexpr std::size_t table_goal = 64 * 1024;  // stays in a core's cache
constexpr std::size_t fewest_messages = 5;

bool is_prime(std::size_t n) {
  for (std::size_t i = 2; i * i <= n; ++i) {
    if (n % i == 0) return false;
  }
  return n >= 2;
}

// Prime, so that no depth, batch or stride that divides it can hide a shift.
std::size_t messages_in_circle(std::size_t message_size, std::size_t longest_run) {
  const std::size_t least_size = std::max(table_goal, longest_run);
  std::size_t n = std::max((least_size + message_size - 1) / message_size, fewest_messages);
  while (!is_prime(n)) ++n;
  return n;
}

// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
std::uint64_t next_random(std::uint64_t& state) {
  std::uint64_t z = (state += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

}  // namespace

WirePattern::WirePattern(Protocol protocol, std::size_t message_size, std::size_t longest_run)
    : message_size_(message_size),
      message_count_(messages_in_circle(message_size, longest_run)),
      longest_run_(longest_run),
      period_(message_count_ * message_size),
      table_(period_ + longest_run) {
  std::uint64_t random_state = 1;
  for (std::size_t begin = 0; begin < period_; begin += message_size) {
    fill_message(begin, protocol, random_state);
  }
  // The circle goes on past its end, so that a run never has to be put together.
  for (std::size_t i = 0; i < longest_run; ++i) table_[period_ + i] = table_[i];
}

void WirePattern::fill_message(std::size_t begin, Protocol protocol, std::uint64_t& random_state) {
  std::size_t i = 0;
  if (protocol == Protocol::framed) {
    const std::size_t payload = message_size_ - header_size;
    for (; i < header_size; ++i) {
      table_[begin + i] = static_cast<std::byte>(payload >> (8 * (header_size - 1 - i)));
    }
  }
  for (; i < message_size_; ++i) {
    table_[begin + i] = static_cast<std::byte>(next_random(random_state) >> 56);
  }
}

std::size_t WirePattern::start_of(std::size_t number) const noexcept {
  const std::size_t stride =
      static_cast<std::size_t>(0.618 * static_cast<double>(message_count_)) | 1;
  return number * stride % message_count_ * message_size_;
}

}  // namespace iolab::loadgen
