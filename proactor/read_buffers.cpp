#include "proactor/read_buffers.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <new>
#include <utility>

#include "proactor/buffer_stride.hpp"

namespace iolab::proactor {
namespace {

constexpr std::size_t huge_page = std::size_t{2} * 1024 * 1024;
constexpr std::size_t largest_block = 16 * huge_page;

std::size_t rounded_up(std::size_t size, std::size_t unit) {
  return (size + unit - 1) / unit * unit;
}

}  // namespace

void ReadBuffers::Free::operator()(std::byte* block) const noexcept {
  ::operator delete (block, std::align_val_t{huge_page});
}

ReadBuffers::ReadBuffers(std::size_t size) noexcept
    : size_(size),
      stride_(buffer_stride(sizeof(Chunk) + size)),
      block_size_(rounded_up(stride_, huge_page)) {}

ChunkPtr ReadBuffers::take() {
  if (!first_spare_) return ChunkPtr(cut());
  return ChunkPtr(std::exchange(first_spare_, first_spare_->next.release()));
}

void ReadBuffers::give_back(Chunk& chunk) noexcept {
  chunk.next.reset(std::exchange(first_spare_, &chunk));
}

Chunk* ReadBuffers::cut() {
  if (uncut_.size() < stride_) add_block();
  auto* const chunk = ::new (uncut_.data()) Chunk;
  chunk->owner = this;
  chunk->capacity = static_cast<std::uint32_t>(size_);
  uncut_ = uncut_.subspan(stride_);
  return chunk;
}

void ReadBuffers::add_block() {
  void* const memory = ::operator new (block_size_, std::align_val_t{huge_page});
  std::unique_ptr<std::byte, Free> block(static_cast<std::byte*>(memory));
  // Only advice: where there are no huge pages, small ones do.
  (void)::madvise(memory, block_size_, MADV_HUGEPAGE);
  blocks_.push_back(std::move(block));
  uncut_ = {blocks_.back().get(), block_size_};
  // Many connections need few blocks, and a few connections no large one.
  block_size_ = std::max(block_size_, std::min(2 * block_size_, largest_block));
}

}  // namespace iolab::proactor
