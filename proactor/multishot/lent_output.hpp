#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "shared/buffers/chunk.hpp"

namespace iolab::proactor::multishot {

/// What one connection has lent to the kernel by zero-copy sends: the kernel has taken the bytes,
/// and reads them where they are until the peer has acknowledged them. The chunks are kept until it
/// has let go of all; a busy connection therefore copies from time to time, see SocketOperations.
class LentOutput {
 public:
  LentOutput() = default;
  LentOutput(const LentOutput&) = delete;
  LentOutput& operator=(const LentOutput&) = delete;
  ~LentOutput() { give_back_all(std::move(kept_)); }

  /// A zero-copy send has taken `n` bytes, which are lent from now on.
  void lent(std::size_t n) noexcept {
    ++sends_;
    bytes_ += static_cast<std::uint32_t>(n);
  }

  /// The kernel has let go of one send's bytes.
  void released() noexcept {
    if (--sends_ > 0) return;
    bytes_ = 0;
    give_back_all(std::move(kept_));
  }

  /// In bytes, counted until all is released.
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] bool is_empty() const noexcept { return sends_ == 0; }

  /// Where chunks go that have been sent: null if nothing is lent.
  [[nodiscard]] ChunkPtr* kept() noexcept { return is_empty() ? nullptr : &kept_; }

 private:
  std::uint32_t sends_ = 0;
  std::uint32_t bytes_ = 0;
  ChunkPtr kept_;
};

}  // namespace iolab::proactor::multishot
