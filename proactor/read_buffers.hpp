#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "shared/buffers/chunk.hpp"

namespace iolab::proactor {

/// The chunks that the connections of one thread post: a one-shot Proactor lends one to the engine
/// for each connection, before there is anything to read. They are cut from large blocks, on huge
/// pages where the system has them: thousands of buffers on small pages of their own miss the
/// caches of the address translation.
class ReadBuffers final : public ChunkOwner {
 public:
  /// Each of `size` bytes, at least 1.
  explicit ReadBuffers(std::size_t size) noexcept;
  ReadBuffers(const ReadBuffers&) = delete;
  ReadBuffers& operator=(const ReadBuffers&) = delete;

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  /// An empty chunk, which this object must outlive. Throws std::bad_alloc.
  [[nodiscard]] ChunkPtr take();
  void give_back(Chunk& chunk) noexcept override;

 private:
  struct Free {
    void operator()(std::byte* block) const noexcept;
  };

  [[nodiscard]] Chunk* cut();
  void add_block();

  std::size_t size_;
  std::size_t stride_;
  std::size_t block_size_;                                // of the next block
  std::vector<std::unique_ptr<std::byte, Free>> blocks_;  // kept until the end
  std::span<std::byte> uncut_;                            // of the last block
  Chunk* first_spare_ = nullptr;                          // linked by Chunk::next
};

}  // namespace iolab::proactor
