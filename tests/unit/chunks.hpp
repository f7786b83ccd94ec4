#pragma once

#include <algorithm>

#include "shared/buffers/buffer_sequence.hpp"
#include "shared/buffers/chunk_pool.hpp"
#include "tests/unit/bytes.hpp"

namespace iolab {

/// What a read leaves: a chunk that begins with `text`. It has room for `capacity` bytes, or for
/// the text only.
inline ChunkPtr chunk_of(std::string_view text, std::size_t capacity = 0) {
  ChunkPtr chunk =
      ChunkPool::of_this_thread().borrow(std::max<std::size_t>({text.size(), capacity, 1}));
  std::ranges::copy(as_bytes(text), chunk->bytes());
  return chunk;
}

inline std::string to_text(const BufferSequence& bytes) {
  std::string text;
  for (const BufferSequence::Piece piece : bytes) text += to_text(piece);
  return text;
}

}  // namespace iolab
