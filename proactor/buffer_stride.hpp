#pragma once

#include <cstddef>

namespace iolab::proactor {

/// How far apart buffers of `size` bytes, at least 1, are laid in one block: an odd number of cache
/// lines, or the beginnings of all buffers, which is what small messages use, would compete for the
/// same few places in the cache.
[[nodiscard]] constexpr std::size_t buffer_stride(std::size_t size) noexcept {
  constexpr std::size_t cache_line = 64;
  return ((size + cache_line - 1) / cache_line | 1) * cache_line;
}

}  // namespace iolab::proactor
