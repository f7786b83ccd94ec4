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
    : size_(size), stride_(buffer_stride(size)), block_size_(rounded_up(stride_, huge_page)) {}

ReadBuffers::Buffer ReadBuffers::take() {
  if (!first_spare_) return Buffer(cut(), GiveBack(*this));
  Spare* const spare = std::exchange(first_spare_, first_spare_->next);
  return Buffer(reinterpret_cast<std::byte*>(spare), GiveBack(*this));
}

std::byte* ReadBuffers::cut() {
  if (uncut_.size() < stride_) add_block();
  std::byte* const buffer = uncut_.data();
  uncut_ = uncut_.subspan(stride_);
  return buffer;
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

void ReadBuffers::add_spare(std::byte* buffer) noexcept {
  first_spare_ = ::new (buffer) Spare{first_spare_};
}

}  // namespace iolab::proactor
