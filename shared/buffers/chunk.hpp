#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace iolab {

struct Chunk;

/// Who lends chunks out and takes them back, when it is not the pool of a thread.
class ChunkOwner {
 public:
  /// `chunk` is empty and in no list.
  virtual void give_back(Chunk& chunk) noexcept = 0;

 protected:
  ~ChunkOwner() = default;
};

/// Gives a chunk back to its owner, or to the pool of the calling thread if it has none.
struct GiveBack {
  void operator()(Chunk* chunk) const noexcept;
};
using ChunkPtr = std::unique_ptr<Chunk, GiveBack>;

/// A piece of memory for bytes of a stream, which lie directly behind this head. What was read into
/// a chunk can be sent from it: it then wanders from the reader into the output, with its owner.
struct Chunk {
  ChunkPtr next;                ///< the one behind it in an output queue
  ChunkOwner* owner = nullptr;  ///< null: the pool of whichever thread gives it back
  std::uint32_t capacity = 0;   ///< bytes
  std::uint32_t begin = 0;      ///< of the bytes to be sent; output queues only
  std::uint32_t end = 0;        ///< behind the bytes to be sent; output queues only
  bool lent = false;            ///< an engine needs it even after that; output queues only

  [[nodiscard]] std::byte* bytes() noexcept { return reinterpret_cast<std::byte*>(this + 1); }
  [[nodiscard]] const std::byte* bytes() const noexcept {
    return reinterpret_cast<const std::byte*>(this + 1);
  }

  /// All of it, to be read into.
  [[nodiscard]] std::span<std::byte> room() noexcept { return {bytes(), capacity}; }

  /// What an output queue has in it.
  [[nodiscard]] std::span<const std::byte> content() const noexcept {
    return {bytes() + begin, end - begin};
  }
};

/// Gives a list of chunks back, one after the other.
inline void give_back_all(ChunkPtr list) noexcept {
  while (list) list = ChunkPtr(list->next.release());
}

}  // namespace iolab
