#include "shared/buffers/chunk_pool.hpp"

#include <algorithm>
#include <new>
#include <utility>

namespace iolab {
namespace {

// The bytes stay undefined on purpose: clearing 16 KiB would cost more than most messages.
Chunk* make_chunk(std::size_t size) {
  return ::new (::operator new(sizeof(Chunk) + size)) Chunk;
}

void free_chunk(Chunk* chunk) noexcept {
  chunk->~Chunk();
  ::operator delete(chunk);
}

}  // namespace

void GiveBack::operator()(Chunk* chunk) const noexcept {
  if (chunk->owner) return chunk->owner->give_back(*chunk);
  ChunkPool::of_this_thread().give_back(*chunk);
}

ChunkPool::~ChunkPool() {
  free_idle(spare_, 0);
}

// The largest first: they are what is rarely needed.
void ChunkPool::free_idle(std::size_t idle, std::size_t most) noexcept {
  for (std::size_t list = first_.size(); list-- > 0;) {
    for (; first_[list] && idle > most && size_in(list) <= idle; idle -= size_in(list)) {
      free_chunk(take_from(list));
    }
  }
}

void ChunkPool::trim() noexcept {
  free_idle(least_spare_, most_idle);
  least_spare_ = spare_;
}

Chunk* ChunkPool::take_from(std::size_t list) noexcept {
  spare_ -= size_in(list);
  return std::exchange(first_[list], first_[list]->next.release());
}

ChunkPtr ChunkPool::borrow(std::size_t capacity) {
  const std::size_t list = list_of(capacity);
  Chunk* const chunk = first_[list] ? take_from(list) : make_chunk(size_in(list));
  least_spare_ = std::min(least_spare_, spare_);
  chunk->capacity = static_cast<std::uint32_t>(capacity);
  chunk->begin = chunk->end = 0;
  return ChunkPtr(chunk);
}

void ChunkPool::give_back(Chunk& chunk) noexcept {
  const std::size_t list = list_of(chunk.capacity);
  if (spare_ + size_in(list) > most_spare) return free_chunk(&chunk);
  chunk.next.reset(first_[list]);
  first_[list] = &chunk;
  spare_ += size_in(list);
}

ChunkPool& ChunkPool::of_this_thread() noexcept {
  thread_local ChunkPool pool;
  return pool;
}

}  // namespace iolab
