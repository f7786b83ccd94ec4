#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "experiments/loadgen/options/protocol.hpp"

namespace iolab::loadgen {

/// What goes over the wire, computed once. A connection sends messages first_message(number),
/// the one after it, and so on, around and around; the contents of all messages in the circle
/// differ. A server that answers with the bytes of another connection, or drops, doubles or swaps
/// messages, therefore sends bytes that differ from the expected ones.
///
/// Since a right reply equals its request (in `framed` the length header too), one table serves
/// to send without copying and to verify with one comparison, whatever the boundaries of reads.
///
/// Immutable, so all threads may share it.
class WirePattern {
 public:
  /// `message_size` counts bytes on the wire, for `framed` including the header of 4 bytes; no
  /// less than 1 (echo) or 4 (framed). `longest_run` bytes can be had in one piece from anywhere.
  WirePattern(Protocol protocol, std::size_t message_size, std::size_t longest_run);

  [[nodiscard]] std::size_t message_size() const noexcept { return message_size_; }
  [[nodiscard]] std::size_t message_count() const noexcept { return message_count_; }
  [[nodiscard]] std::size_t longest_run() const noexcept { return longest_run_; }

  /// Where in the circle a connection begins, in bytes: neighbouring numbers begin far apart.
  [[nodiscard]] std::size_t start_of(std::size_t number) const noexcept;

  /// `position` moved on by `size` bytes; size is at most one turn of the circle.
  [[nodiscard]] std::size_t advance(std::size_t position, std::size_t size) const noexcept {
    position += size;
    return position >= period_ ? position - period_ : position;
  }

  /// The `size` bytes at `position`; size is at most longest_run().
  [[nodiscard]] std::span<const std::byte> bytes(std::size_t position, std::size_t size) const {
    return std::span(table_).subspan(position, size);
  }

 private:
  void fill_message(std::size_t begin, Protocol protocol, std::uint64_t& random_state);

  std::size_t message_size_;
  std::size_t message_count_;
  std::size_t longest_run_;
  std::size_t period_;
  std::vector<std::byte> table_;
};

}  // namespace iolab::loadgen
