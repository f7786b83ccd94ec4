#include "proactor/read_buffers.hpp"

#include <sys/mman.h>

#include <new>
#include <utility>

namespace iolab {
namespace {

constexpr std::size_t cache_line = 64;
constexpr std::align_val_t huge_page{std::size_t{2} * 1024 * 1024};

std::size_t rounded_up(std::size_t size, std::size_t unit) {
  return (size + unit - 1) / unit * unit;
}

// An odd number of cache lines, or the beginnings of all buffers, which is what small messages use,
// would compete for the same few places in the cache.
std::size_t stride_for(std::size_t size) {
  return rounded_up(size, cache_line) | cache_line;
}

}  // namespace

void ReadBuffers::Free::operator()(std::byte* block) const noexcept {
  ::operator delete(block, huge_page);
}

ReadBuffers::ReadBuffers(std::size_t size) noexcept
    : size_(size),
      stride_(stride_for(size)),
      block_size_(rounded_up(stride_, static_cast<std::size_t>(huge_page))) {}

ReadBuffers::Buffer ReadBuffers::take() {
  if (!first_spare_) add_block();
  Spare* const spare = std::exchange(first_spare_, first_spare_->next);
  return Buffer(reinterpret_cast<std::byte*>(spare), GiveBack(*this));
}

void ReadBuffers::add_block() {
  blocks_.emplace_back(static_cast<std::byte*>(::operator new(block_size_, huge_page)));
  std::byte* const block = blocks_.back().get();
  // Only advice: where there are no huge pages, small ones do.
  (void)::madvise(block, block_size_, MADV_HUGEPAGE);
  for (std::size_t end = block_size_; end >= stride_; end -= stride_) {
    add_spare(block + (end - stride_));
  }
}

void ReadBuffers::add_spare(std::byte* place) noexcept {
  first_spare_ = ::new (place) Spare{first_spare_};
}

}  // namespace iolab
