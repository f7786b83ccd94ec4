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

/// Chunks one behind the other, as an output queue has them.
class ChunkList {
 public:
  explicit ChunkList(const std::vector<std::string>& texts) {
    for (const std::string& text : texts) add(text);
  }
  ~ChunkList() {
    while (front_) front_ = std::move(front_->next);  // one by one: each goes back alone
  }

  void add(std::string_view text) {
    ChunkPtr chunk = chunk_of(text, 100);
    chunk->end = static_cast<std::uint32_t>(text.size());
    Chunk* const added = chunk.get();
    (back_ ? back_->next : front_) = std::move(chunk);
    back_ = added;
  }
  void add_to_last(std::string_view text) {
    std::ranges::copy(as_bytes(text), back_->bytes() + back_->end);
    back_->end += static_cast<std::uint32_t>(text.size());
  }

  [[nodiscard]] Chunk& front() { return *front_; }

 private:
  ChunkPtr front_;
  Chunk* back_ = nullptr;
};

}  // namespace iolab
