#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "experiments/loadgen/wire/wire_pattern.hpp"
#include "shared/measure/clock.hpp"

namespace iolab::loadgen {

/// When a message should have been sent, and when it was.
struct Request {
  Nanoseconds intended_ns;
  Nanoseconds sent_ns;
};

/// One connection's state, without any I/O: what is to be sent, which replies are due, and whether
/// the bytes that arrive are the right ones. At most `depth` messages are in flight.
class RequestStream {
 public:
  /// `pattern` must outlive this. `start` chooses where in the pattern to begin. Without `verify`
  /// only the number of bytes is checked.
  RequestStream(const WirePattern& pattern, std::size_t start, unsigned depth, bool verify);

  /// Asks one more message; in_flight() must be below the depth.
  void ask(const Request& request);

  /// What remains to be sent, or its first part if it is longer than the pattern's longest run;
  /// empty when all is sent. Stays valid as long as the pattern.
  [[nodiscard]] std::span<const std::byte> unsent() const;
  void sent(std::size_t size);

  /// Takes in what the server sent, at most the pattern's longest run. Returns how many replies
  /// are now complete: take() each. Empty if a byte is wrong or was not asked for; then the
  /// stream is over, see complaint().
  [[nodiscard]] std::optional<unsigned> received(std::span<const std::byte> bytes);

  /// The request of the next complete reply, in the order in which they were asked.
  Request take();

  /// Asked but not taken; and the oldest of these, the second, and so on.
  [[nodiscard]] unsigned in_flight() const noexcept { return asked_ - taken_; }
  [[nodiscard]] const Request& waiting(unsigned i) const { return requests_[(taken_ + i) & mask_]; }

  /// Messages asked since the beginning or restart(), modulo 2^32.
  [[nodiscard]] std::uint32_t asked() const noexcept { return asked_; }

  /// Complete replies since the beginning, whatever restart() did.
  [[nodiscard]] std::uint64_t replies() const noexcept { return replies_; }

  /// Begins anew, as on a fresh connection.
  void restart();

  /// What was wrong with the bytes, with reply number and offset.
  [[nodiscard]] const std::string& complaint() const noexcept { return complaint_; }

 private:
  [[nodiscard]] std::size_t bytes_due() const noexcept;
  [[nodiscard]] bool matches(std::span<const std::byte> bytes) const;
  void describe_excess(std::size_t size);
  void describe_mismatch(std::span<const std::byte> bytes);

  /// In the order of use, so that a reply touches one cache line of this.
  const WirePattern& pattern_;
  std::unique_ptr<Request[]> requests_;  // a ring; its size is a power of two
  std::size_t unsent_size_ = 0;
  std::size_t send_position_;
  std::size_t receive_position_;
  std::uint32_t asked_ = 0;  // these three count messages and may wrap around
  std::uint32_t answered_ = 0;
  std::uint32_t taken_ = 0;
  std::uint32_t mask_;
  std::uint32_t partial_size_ = 0;  // of the reply that has begun to arrive
  bool verify_;
  std::uint64_t replies_ = 0;

  std::size_t start_position_;
  std::string complaint_;
};

}  // namespace iolab::loadgen
