#pragma once

#include <algorithm>
#include <iterator>
#include <span>

#include "shared/buffers/chunk.hpp"

namespace iolab {

/// Bytes to be sent that lie in several pieces, for one vectored operation: a view, the bytes
/// belong to whoever made it. Either one span, or the beginning of a list of chunks, to which more
/// may be added behind while the view is used.
class BufferSequence {
 public:
  using Piece = std::span<const std::byte>;

  BufferSequence() = default;
  BufferSequence(Piece only) noexcept  // NOLINT(google-explicit-constructor): a span is a sequence
      : first_(only.data()), first_size_(static_cast<std::uint32_t>(only.size())) {}

  /// The first `size` bytes of a list of chunks that begins with `front`.
  BufferSequence(const Chunk& front, std::size_t size) noexcept
      : first_(front.content().data()),
        rest_(front.next.get()),
        first_size_(static_cast<std::uint32_t>(std::min(front.content().size(), size))),
        rest_size_(static_cast<std::uint32_t>(std::min(size - first_size_, most))) {}

  /// Of all pieces together, in bytes.
  [[nodiscard]] std::size_t size() const noexcept { return std::size_t{first_size_} + rest_size_; }
  [[nodiscard]] bool empty() const noexcept { return first_size_ == 0; }

  [[nodiscard]] Piece front() const noexcept { return {first_, first_size_}; }
  [[nodiscard]] bool is_single() const noexcept { return rest_size_ == 0; }

  /// Goes over the pieces, none of which is empty.
  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using difference_type = std::ptrdiff_t;
    using value_type = Piece;
    using pointer = const Piece*;
    using reference = Piece;

    Iterator() = default;
    Iterator(Piece piece, const Chunk* next, std::size_t left) noexcept
        : piece_(piece), next_(next), left_(left) {}

    Piece operator*() const noexcept { return piece_; }
    Iterator& operator++() noexcept {
      piece_ = {};
      if (left_ == 0) return *this;
      piece_ = next_->content().first(std::min(next_->content().size(), left_));
      left_ -= piece_.size();
      next_ = next_->next.get();
      return *this;
    }
    Iterator operator++(int) noexcept {
      const Iterator before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(const Iterator& one, const Iterator& other) noexcept {
      return one.piece_.data() == other.piece_.data() && one.piece_.size() == other.piece_.size();
    }

   private:
    Piece piece_;  // empty at the end
    const Chunk* next_ = nullptr;
    std::size_t left_ = 0;  // bytes behind piece_
  };

  [[nodiscard]] Iterator begin() const noexcept {
    return empty() ? Iterator() : Iterator(front(), rest_, rest_size_);
  }
  [[nodiscard]] Iterator end() const noexcept { return {}; }

 private:
  static constexpr std::size_t most = std::size_t{1} << 30;

  const std::byte* first_ = nullptr;
  const Chunk* rest_ = nullptr;
  std::uint32_t first_size_ = 0;
  std::uint32_t rest_size_ = 0;
};

}  // namespace iolab
