#pragma once

#include <liburing.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "proactor/uring_ring.hpp"
#include "shared/buffers/chunk.hpp"

namespace iolab::proactor::multishot {

/// Receive buffers that the kernel chooses from: no buffer is lent for a receive that may never
/// happen. A chunk's life: it lies in a place of the ring until the kernel takes it for bytes that
/// have arrived; a completion names the place; whoever handles that reads the bytes and leaves the
/// chunk, or keeps it, and then another one is laid in its place.
class UringBuffers {
 public:
  /// Which group of buffers a submission means, there is one per ring.
  static constexpr std::uint16_t group = 0;

  /// `count` is a power of two. `ring` must outlive the buffers. Throws EngineUnavailable or
  /// std::bad_alloc.
  UringBuffers(UringRing& ring, unsigned count, std::size_t size);
  UringBuffers(const UringBuffers&) = delete;
  UringBuffers& operator=(const UringBuffers&) = delete;
  ~UringBuffers();

  /// Of each buffer, in bytes.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  /// For each buffer that the completion has, calls `consume(chunk, size)`, which may keep the
  /// chunk and leave null, and fills its place in the ring again. Mostly it has one; a bundle has
  /// as many as its bytes fill, in the order in which they lie in the ring.
  template <class Consume>
  void consume(const io_uring_cqe& completion, Consume consume) {
    if ((completion.flags & IORING_CQE_F_BUFFER) == 0) return;
    unsigned place = completion.flags >> IORING_CQE_BUFFER_SHIFT;
    auto left = static_cast<std::size_t>(std::max(completion.res, 0));
    for (;;) {
      const unsigned next = next_[place];
      const std::size_t size = std::min(left, size_);
      if (size > 0) consume(chunks_[place], size);
      refill(place);
      left -= size;
      if (left == 0) return;
      place = next;
    }
  }

 private:
  struct Unmap {
    std::size_t size;
    void operator()(io_uring_buf_ring* entries) const noexcept;
  };

  void refill(unsigned place) noexcept;
  [[nodiscard]] bool lay(unsigned place) noexcept;

  UringRing& ring_;
  unsigned count_;
  std::size_t size_;
  std::vector<ChunkPtr> chunks_;  // by place
  std::vector<unsigned> next_;    // by place: the one that was laid after it
  unsigned last_ = 0;             // the place that was laid last
  std::vector<unsigned> empty_;   // places for which there was no memory
  std::unique_ptr<io_uring_buf_ring, Unmap> entries_;
};

}  // namespace iolab::proactor::multishot
