#pragma once

#include <array>
#include <cstddef>
#include <memory>

namespace iolab {

inline constexpr std::size_t chunk_size = std::size_t{16} * 1024;

/// A piece of output memory. Chunks form singly linked lists, in a queue or in a pool.
struct Chunk {
  std::unique_ptr<Chunk> next;
  std::size_t used = 0;  ///< bytes filled, from the front
  std::array<std::byte, chunk_size> bytes;
};

/// Keeps spare chunks, so that a busy server allocates nothing per message and an idle connection
/// holds no buffer. Not synchronised: each thread has its own pool, but a chunk borrowed from one
/// may be given back to another.
class ChunkPool {
 public:
  /// Spare chunks beyond this are freed: 1 MiB.
  static constexpr std::size_t most_spare = 64;

  ChunkPool() = default;
  ChunkPool(const ChunkPool&) = delete;
  ChunkPool& operator=(const ChunkPool&) = delete;
  ~ChunkPool();

  /// An empty chunk. Throws std::bad_alloc.
  [[nodiscard]] std::unique_ptr<Chunk> borrow();
  void give_back(std::unique_ptr<Chunk> chunk) noexcept;

  [[nodiscard]] std::size_t spare() const noexcept { return spare_; }

  /// The calling thread's pool.
  static ChunkPool& of_this_thread() noexcept;

 private:
  std::unique_ptr<Chunk> first_;
  std::size_t spare_ = 0;
};

}  // namespace iolab
