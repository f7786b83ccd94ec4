#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "shared/protocol/conversation.hpp"

namespace iolab::proactor::multishot {

/// What one connection has lent to the kernel by zero-copy sends: the kernel has taken the bytes,
/// and reads them where they are until the peer has acknowledged them. Their chunks are kept until
/// it has let go of all.
class LentOutput {
 public:
  LentOutput() = default;
  LentOutput(const LentOutput&) = delete;
  LentOutput& operator=(const LentOutput&) = delete;
  ~LentOutput() { give_back_all(std::move(kept_)); }

  /// A send has taken the first `n` bytes that are pending; `lends`: they are lent from now on.
  void sent(Conversation& conversation, std::size_t n, bool lends) noexcept {
    if (lends) {
      ++sends_;
      bytes_ += static_cast<std::uint32_t>(conversation.lend_front());
    }
    conversation.sent(n, &kept_);
    if (is_empty()) give_back_all(std::move(kept_));
  }

  /// The kernel has let go of one send's bytes.
  void released() noexcept {
    if (--sends_ > 0) return;
    bytes_ = 0;
    give_back_all(std::move(kept_));
  }

  /// Of the chunks that are lent, counted until all are released.
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] bool is_empty() const noexcept { return sends_ == 0; }

 private:
  std::uint32_t sends_ = 0;
  std::uint32_t bytes_ = 0;
  ChunkPtr kept_;
};

}  // namespace iolab::proactor::multishot
