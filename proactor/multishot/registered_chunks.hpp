#pragma once

#include <liburing.h>

#include <cstddef>
#include <memory>
#include <span>

#include "proactor/uring_ring.hpp"
#include "shared/buffers/chunk.hpp"

namespace iolab::proactor::multishot {

/// Large chunks whose pages the ring has pinned once and for all, so that a zero-copy send need not
/// pin them each time.
class RegisteredChunks final : public ChunkOwner {
 public:
  /// By which index submissions name this memory.
  static constexpr std::uint16_t index = 0;
  static constexpr std::size_t count = 16;

  /// Each of `size` bytes. `ring` must outlive them. Throws EngineUnavailable or std::bad_alloc.
  RegisteredChunks(UringRing& ring, std::size_t size);
  RegisteredChunks(const RegisteredChunks&) = delete;
  RegisteredChunks& operator=(const RegisteredChunks&) = delete;
  ~RegisteredChunks();

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  /// An empty chunk, which this object must outlive; null if all are in use.
  [[nodiscard]] ChunkPtr take() noexcept;
  void give_back(Chunk& chunk) noexcept override;

  /// Whether these bytes lie in the registered memory.
  [[nodiscard]] bool contain(std::span<const std::byte> bytes) const noexcept;

 private:
  struct Free {
    void operator()(std::byte* memory) const noexcept;
  };

  UringRing& ring_;
  std::size_t size_;
  std::size_t stride_;
  std::unique_ptr<std::byte, Free> memory_;
  Chunk* first_spare_ = nullptr;  // linked by Chunk::next
};

}  // namespace iolab::proactor::multishot
