#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>

#include "shared/protocol/chunk_pool.hpp"

namespace iolab {

/// Bytes on their way to the peer, in chunks borrowed from the calling thread's pool.
/// A reply is appended piece by piece and becomes visible when committed, so a reply that is never
/// completed is never sent. Appending moves no byte that pending() has shown.
class OutputQueue {
 public:
  OutputQueue() = default;
  OutputQueue(const OutputQueue&) = delete;
  OutputQueue& operator=(const OutputQueue&) = delete;
  ~OutputQueue();

  /// Copies `bytes` to the end. Throws std::bad_alloc.
  void append(std::span<const std::byte> bytes) {
    if (bytes.empty()) return;
    if (!back_ || bytes.size() > chunk_size - back_->used) return append_in_parts(bytes);
    copy_to_back(bytes);
  }

  /// All that was appended may be sent.
  void commit() noexcept {
    committed_ += uncommitted_;
    uncommitted_ = 0;
  }

  /// The first committed bytes that lie in one piece; empty when nothing is pending.
  [[nodiscard]] std::span<const std::byte> pending() const noexcept;

  /// Committed bytes not yet consumed.
  [[nodiscard]] std::size_t pending_bytes() const noexcept { return committed_; }

  /// Drops `n` bytes, at most pending().size(), from the front.
  void consume(std::size_t n) noexcept;

 private:
  void append_in_parts(std::span<const std::byte> bytes);
  void copy_to_back(std::span<const std::byte> bytes) noexcept {
    std::memcpy(back_->bytes.data() + back_->used, bytes.data(), bytes.size());
    back_->used += bytes.size();
    uncommitted_ += bytes.size();
  }
  void drop_front() noexcept;

  std::unique_ptr<Chunk> front_;
  Chunk* back_ = nullptr;
  std::size_t begin_ = 0;  // of the unsent bytes within front_
  std::size_t committed_ = 0;
  std::size_t uncommitted_ = 0;
};

}  // namespace iolab
