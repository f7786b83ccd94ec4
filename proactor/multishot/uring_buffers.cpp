#include "proactor/multishot/uring_buffers.hpp"

#include <sys/mman.h>

#include <system_error>

#include "proactor/buffer_stride.hpp"
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
      stride_(buffer_stride(size)),
      memory_(std::make_unique_for_overwrite<std::byte[]>(count * stride_)),
      entries_(map_entries(count * sizeof(io_uring_buf)), Unmap{count * sizeof(io_uring_buf)}) {
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
  for (unsigned id = 0; id < count; ++id) add(id);
}

UringBuffers::~UringBuffers() {
  (void)io_uring_unregister_buf_ring(ring_.raw(), group);
}

std::span<const std::byte> UringBuffers::bytes(const io_uring_cqe& completion) const noexcept {
  if (completion.res <= 0 || (completion.flags & IORING_CQE_F_BUFFER) == 0) return {};
  return {buffer(completion.flags >> IORING_CQE_BUFFER_SHIFT),
          static_cast<std::size_t>(completion.res)};
}

void UringBuffers::give_back(const io_uring_cqe& completion) noexcept {
  if ((completion.flags & IORING_CQE_F_BUFFER) != 0) {
    add(completion.flags >> IORING_CQE_BUFFER_SHIFT);
  }
}

void UringBuffers::add(unsigned id) noexcept {
  io_uring_buf_ring_add(entries_.get(), buffer(id), static_cast<unsigned>(size_),
                        static_cast<unsigned short>(id), static_cast<int>(count_ - 1), 0);
  io_uring_buf_ring_advance(entries_.get(), 1);
}

}  // namespace iolab::proactor::multishot
