#include "shared/protocol/output_queue.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace iolab {

OutputQueue::~OutputQueue() {
  while (front_) drop_front();
}

void OutputQueue::append_in_parts(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    if (!back_ || back_->used == chunk_size) {
      auto chunk = ChunkPool::of_this_thread().borrow();
      Chunk* const added = chunk.get();
      (back_ ? back_->next : front_) = std::move(chunk);
      back_ = added;
    }
    const std::size_t n = std::min(bytes.size(), chunk_size - back_->used);
    copy_to_back(bytes.first(n));
    bytes = bytes.subspan(n);
  }
}

std::span<const std::byte> OutputQueue::pending() const noexcept {
  if (committed_ == 0) return {};
  return std::span<const std::byte>(front_->bytes)
      .subspan(begin_, std::min(front_->used - begin_, committed_));
}

void OutputQueue::consume(std::size_t n) noexcept {
  assert(n <= pending().size());
  begin_ += n;
  committed_ -= n;
  if (front_ && begin_ == front_->used) drop_front();
}

void OutputQueue::drop_front() noexcept {
  auto chunk = std::exchange(front_, std::move(front_->next));
  if (!front_) back_ = nullptr;
  begin_ = 0;
  ChunkPool::of_this_thread().give_back(std::move(chunk));
}

}  // namespace iolab
