#pragma once

#include <liburing.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "proactor/uring_ring.hpp"

namespace iolab::proactor::multishot {

/// Receive buffers that the kernel chooses from: no buffer is lent for a receive that may never
/// happen. A buffer's life: it lies in the ring until the kernel takes it for bytes that have
/// arrived; a completion names it; whoever handles that reads the bytes and gives it back.
class UringBuffers {
 public:
  /// Which group of buffers a submission means, there is one per ring.
  static constexpr std::uint16_t group = 0;

  /// `count` is a power of two. `ring` must outlive the buffers. Throws EngineUnavailable.
  UringBuffers(UringRing& ring, unsigned count, std::size_t size);
  UringBuffers(const UringBuffers&) = delete;
  UringBuffers& operator=(const UringBuffers&) = delete;
  ~UringBuffers();

  /// The bytes that came with a completion; empty if none did.
  [[nodiscard]] std::span<const std::byte> bytes(const io_uring_cqe& completion) const noexcept;

  /// Gives the completion's buffer back, if it has one. Its bytes are lost.
  void give_back(const io_uring_cqe& completion) noexcept;

 private:
  struct Unmap {
    std::size_t size;
    void operator()(io_uring_buf_ring* entries) const noexcept;
  };

  [[nodiscard]] std::byte* buffer(unsigned id) const noexcept { return &memory_[id * stride_]; }
  void add(unsigned id) noexcept;

  UringRing& ring_;
  unsigned count_;
  std::size_t size_;
  std::size_t stride_;
  std::unique_ptr<std::byte[]> memory_;
  std::unique_ptr<io_uring_buf_ring, Unmap> entries_;
};

}  // namespace iolab::proactor::multishot
