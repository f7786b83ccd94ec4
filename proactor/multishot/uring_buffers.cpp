#include "proactor/multishot/uring_buffers.hpp"

#include <sys/mman.h>

#include <new>
#include <system_error>

#include "shared/buffers/chunk_pool.hpp"
#include "shared/server/server.hpp"

namespace iolab::proactor::multishot {
namespace {

io_uring_buf_ring* map_entries(std::size_t size) {
  void* const place =
      ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE, -1, 0);
  if (place == MAP_FAILED) throw std::bad_alloc();
  return static_cast<io_uring_buf_ring*>(place);
}

}  // namespace

void UringBuffers::Unmap::operator()(io_uring_buf_ring* entries) const noexcept {
  ::munmap(entries, size);
}

UringBuffers::UringBuffers(UringRing& ring, unsigned count, std::size_t size)
    : ring_(ring),
      count_(count),
      size_(size),
      chunks_(count),
      next_(count),
      entries_(map_entries(count * sizeof(io_uring_buf)), Unmap{count * sizeof(io_uring_buf)}) {
  empty_.reserve(count);
  for (ChunkPtr& chunk : chunks_) chunk = ChunkPool::of_this_thread().borrow(size);
  io_uring_buf_reg registration{};
  registration.ring_addr = reinterpret_cast<std::uintptr_t>(entries_.get());
  registration.ring_entries = count;
  registration.bgid = group;
  const int result = io_uring_register_buf_ring(ring_.raw(), &registration, 0);
  if (result < 0) {
    throw EngineUnavailable(
        "io_uring refused a ring of " + std::to_string(count) +
        " buffers, which needs Linux 5.19: " + std::system_category().message(-result));
  }
  for (unsigned place = 0; place < count; ++place) refill(place);
}

UringBuffers::~UringBuffers() {
  (void)io_uring_unregister_buf_ring(ring_.raw(), group);
}

void UringBuffers::refill(unsigned place) noexcept {
  if (!lay(place)) return empty_.push_back(place);  // has room for all of them
  while (!empty_.empty() && lay(empty_.back())) empty_.pop_back();
}

// False if there is no memory for a chunk.
bool UringBuffers::lay(unsigned place) noexcept {
  ChunkPtr& chunk = chunks_[place];
  try {
    if (!chunk) chunk = ChunkPool::of_this_thread().borrow(size_);
  } catch (const std::bad_alloc&) {
    return false;
  }
  io_uring_buf_ring_add(entries_.get(), chunk->bytes(), static_cast<unsigned>(size_),
                        static_cast<unsigned short>(place), static_cast<int>(count_ - 1), 0);
  io_uring_buf_ring_advance(entries_.get(), 1);
  next_[last_] = place;
  last_ = place;
  return true;
}

}  // namespace iolab::proactor::multishot
