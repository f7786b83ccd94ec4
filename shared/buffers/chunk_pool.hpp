#pragma once

#include <array>
#include <bit>

#include "shared/buffers/chunk.hpp"

namespace iolab {

/// Keeps spare chunks, so that a busy server allocates nothing per message and an idle connection
/// holds no buffer. Not synchronised: each thread has its own pool, but a chunk borrowed from one
/// may be given back to another.
class ChunkPool {
 public:
  /// Spare chunks beyond so many bytes are freed at once, …
  static constexpr std::size_t most_spare = std::size_t{16} * 1024 * 1024;
  /// … and beyond so many bytes when nobody has needed them for a while.
  static constexpr std::size_t most_idle = std::size_t{1} * 1024 * 1024;

  ChunkPool() = default;
  ChunkPool(const ChunkPool&) = delete;
  ChunkPool& operator=(const ChunkPool&) = delete;
  ~ChunkPool();

  /// An empty chunk for `capacity` bytes, from 1 to 1 GiB. Throws std::bad_alloc.
  [[nodiscard]] ChunkPtr borrow(std::size_t capacity);

  /// Takes an empty chunk that has no owner.
  void give_back(Chunk& chunk) noexcept;

  /// To be called from time to time: frees what was spare all the time since the last call.
  void trim() noexcept;

  /// Bytes in spare chunks.
  [[nodiscard]] std::size_t spare() const noexcept { return spare_; }

  /// The calling thread's pool.
  static ChunkPool& of_this_thread() noexcept;

 private:
  // Chunks are made in sizes that are powers of two, and each size has a list: what one read size
  // gives back another can use.
  static constexpr std::size_t smallest = 10;  // 1 KiB
  static constexpr std::size_t largest = 30;
  [[nodiscard]] static std::size_t list_of(std::size_t capacity) noexcept {
    const auto width = static_cast<std::size_t>(std::bit_width(capacity - 1));
    return width <= smallest ? 0 : width - smallest;
  }
  [[nodiscard]] static std::size_t size_in(std::size_t list) noexcept {
    return std::size_t{1} << (list + smallest);
  }

  [[nodiscard]] Chunk* take_from(std::size_t list) noexcept;
  /// `idle` bytes of the spare ones are not needed: frees chunks until at most `most` of them are
  /// left.
  void free_idle(std::size_t idle, std::size_t most) noexcept;

  std::array<Chunk*, largest - smallest + 1> first_{};  // linked by Chunk::next
  std::size_t spare_ = 0;
  std::size_t least_spare_ = 0;  // since the last trim()
};

}  // namespace iolab
