#include "proactor/multishot/registered_chunks.hpp"

#include <sys/uio.h>

#include <new>
#include <system_error>
#include <utility>

#include "proactor/buffer_stride.hpp"
#include "shared/server/server.hpp"

namespace iolab::proactor::multishot {
namespace {

constexpr std::align_val_t page{4096};

}  // namespace

void RegisteredChunks::Free::operator()(std::byte* memory) const noexcept {
  ::operator delete(memory, page);
}

RegisteredChunks::RegisteredChunks(UringRing& ring, std::size_t size)
    : ring_(ring),
      size_(size),
      stride_(buffer_stride(sizeof(Chunk) + size)),
      memory_(static_cast<std::byte*>(::operator new(count* stride_, page))) {
  const iovec all{memory_.get(), count * stride_};
  const int result = io_uring_register_buffers(ring_.raw(), &all, 1);
  if (result < 0) {
    throw EngineUnavailable("io_uring refused to pin " + std::to_string(all.iov_len) +
                            " bytes for --zero-copy-memory registered (see ulimit -l): " +
                            std::system_category().message(-result));
  }
  for (std::size_t i = 0; i < count; ++i) {
    auto* const chunk = ::new (memory_.get() + i * stride_) Chunk;
    chunk->owner = this;
    chunk->capacity = static_cast<std::uint32_t>(size_);
    give_back(*chunk);
  }
}

RegisteredChunks::~RegisteredChunks() {
  (void)io_uring_unregister_buffers(ring_.raw());
}

ChunkPtr RegisteredChunks::take() noexcept {
  if (!first_spare_) return nullptr;
  return ChunkPtr(std::exchange(first_spare_, first_spare_->next.release()));
}

void RegisteredChunks::give_back(Chunk& chunk) noexcept {
  chunk.next.reset(std::exchange(first_spare_, &chunk));
}

bool RegisteredChunks::contain(std::span<const std::byte> bytes) const noexcept {
  const std::byte* const end = memory_.get() + count * stride_;
  return std::greater_equal<>()(bytes.data(), memory_.get()) && std::less<>()(bytes.data(), end);
}

}  // namespace iolab::proactor::multishot
