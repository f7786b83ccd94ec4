#include "experiments/loadgen/wire/request_stream.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>

namespace iolab::loadgen {

RequestStream::RequestStream(const WirePattern& pattern, std::size_t start, unsigned depth,
                             bool verify)
    : pattern_(pattern),
      requests_(std::make_unique<Request[]>(std::bit_ceil(depth))),
      send_position_(pattern.start_of(start)),
      receive_position_(send_position_),
      mask_(std::bit_ceil(depth) - 1),
      verify_(verify),
      start_position_(send_position_) {}

void RequestStream::restart() {
  send_position_ = receive_position_ = start_position_;
  unsent_size_ = 0;
  partial_size_ = 0;
  asked_ = answered_ = taken_ = 0;
}

void RequestStream::ask(const Request& request) {
  assert(in_flight() <= mask_);
  requests_[asked_++ & mask_] = request;
  unsent_size_ += pattern_.message_size();
}

std::span<const std::byte> RequestStream::unsent() const {
  return pattern_.bytes(send_position_, std::min(unsent_size_, pattern_.longest_run()));
}

void RequestStream::sent(std::size_t size) {
  assert(size <= unsent_size_);
  unsent_size_ -= size;
  send_position_ = pattern_.advance(send_position_, size);
}

std::size_t RequestStream::bytes_due() const noexcept {
  return (asked_ - answered_) * pattern_.message_size() - partial_size_;
}

bool RequestStream::matches(std::span<const std::byte> bytes) const {
  assert(bytes.size() <= pattern_.longest_run());
  const auto expected = pattern_.bytes(receive_position_, bytes.size());
  return std::memcmp(bytes.data(), expected.data(), bytes.size()) == 0;
}

std::optional<unsigned> RequestStream::received(std::span<const std::byte> bytes) {
  if (bytes.size() > bytes_due()) {
    describe_excess(bytes.size() - bytes_due());
    return std::nullopt;
  }
  if (verify_ && !matches(bytes)) {
    describe_mismatch(bytes);
    return std::nullopt;
  }
  receive_position_ = pattern_.advance(receive_position_, bytes.size());
  const std::size_t size = partial_size_ + bytes.size();
  const auto complete = static_cast<std::uint32_t>(size / pattern_.message_size());
  partial_size_ = static_cast<std::uint32_t>(size % pattern_.message_size());
  answered_ += complete;
  replies_ += complete;
  return complete;
}

Request RequestStream::take() {
  assert(taken_ != answered_);
  return requests_[taken_++ & mask_];
}

void RequestStream::describe_excess(std::size_t size) {
  complaint_ = std::to_string(size) + " bytes more than asked for, after " +
               std::to_string(replies_ + (asked_ - answered_)) + " replies";
}

void RequestStream::describe_mismatch(std::span<const std::byte> bytes) {
  const auto expected = pattern_.bytes(receive_position_, bytes.size());
  const auto [got, wanted] = std::mismatch(bytes.begin(), bytes.end(), expected.begin());
  const std::size_t offset = partial_size_ + static_cast<std::size_t>(got - bytes.begin());
  complaint_ = "wrong byte in reply " +
               std::to_string(replies_ + offset / pattern_.message_size()) + " at offset " +
               std::to_string(offset % pattern_.message_size()) + ": expected " +
               std::to_string(std::to_integer<int>(*wanted)) + ", got " +
               std::to_string(std::to_integer<int>(*got));
}

}  // namespace iolab::loadgen
