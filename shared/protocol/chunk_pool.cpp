#include "shared/protocol/chunk_pool.hpp"

#include <utility>

namespace iolab {

ChunkPool::~ChunkPool() {
  while (first_) first_ = std::move(first_->next);
}

std::unique_ptr<Chunk> ChunkPool::borrow() {
  // Default-initialised on purpose: zeroing 16 KiB would cost more than most messages.
  if (!first_) return std::make_unique_for_overwrite<Chunk>();
  auto chunk = std::exchange(first_, std::move(first_->next));
  --spare_;
  chunk->used = 0;
  return chunk;
}

void ChunkPool::give_back(std::unique_ptr<Chunk> chunk) noexcept {
  if (spare_ == most_spare) return;
  chunk->next = std::move(first_);
  first_ = std::move(chunk);
  ++spare_;
}

ChunkPool& ChunkPool::of_this_thread() noexcept {
  thread_local ChunkPool pool;
  return pool;
}

}  // namespace iolab
