#include "shared/protocol/output_queue.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "shared/buffers/chunk_pool.hpp"

namespace iolab {

OutputQueue::~OutputQueue() {
  give_back_all(std::move(front_));
}

void OutputQueue::append_in_parts(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    if (!back_ || room_at_back() == 0) {
      add_to_back(ChunkPool::of_this_thread().borrow(output_chunk_size));
    }
    const std::size_t n = std::min(bytes.size(), room_at_back());
    copy_to_back(bytes.first(n));
    bytes = bytes.subspan(n);
  }
}

void OutputQueue::take_over(std::span<const std::byte> bytes, ChunkPtr chunk) noexcept {
  chunk->begin = static_cast<std::uint32_t>(bytes.data() - chunk->bytes());
  chunk->end = chunk->begin + static_cast<std::uint32_t>(bytes.size());
  uncommitted_ += bytes.size();
  add_to_back(std::move(chunk));
}

void OutputQueue::add_to_back(ChunkPtr chunk) noexcept {
  Chunk* const added = chunk.get();
  added->lent = false;
  (back_ ? back_->next : front_) = std::move(chunk);
  back_ = added;
}

void OutputQueue::consume(std::size_t n, ChunkPtr* kept) noexcept {
  assert(n <= committed_);
  committed_ -= n;
  while (front_ && n >= front_->content().size()) {
    n -= front_->content().size();
    ChunkPtr emptied = take_front();
    if (!emptied->lent) continue;
    emptied->next = std::move(*kept);
    *kept = std::move(emptied);
  }
  if (n > 0) front_->begin += static_cast<std::uint32_t>(n);
}

ChunkPtr OutputQueue::take_front() noexcept {
  ChunkPtr taken = std::exchange(front_, std::move(front_->next));
  if (!front_) back_ = nullptr;
  return taken;
}

}  // namespace iolab
