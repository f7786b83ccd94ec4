#pragma once

#include <boost/asio/buffer.hpp>

#include "shared/buffers/buffer_sequence.hpp"

namespace iolab::proactor::asio_engine {

inline boost::asio::const_buffer to_buffer(BufferSequence::Piece piece) noexcept {
  return {piece.data(), piece.size()};
}

/// A BufferSequence as Asio's ConstBufferSequence: one write takes up to 64 pieces of it.
class ConstBuffers {
 public:
  explicit ConstBuffers(const BufferSequence& pieces) noexcept : pieces_(pieces) {}

  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using difference_type = std::ptrdiff_t;
    using value_type = boost::asio::const_buffer;
    using pointer = const value_type*;
    using reference = value_type;

    Iterator() = default;
    explicit Iterator(BufferSequence::Iterator piece) noexcept : piece_(piece) {}

    value_type operator*() const noexcept { return to_buffer(*piece_); }
    Iterator& operator++() noexcept {
      ++piece_;
      return *this;
    }
    Iterator operator++(int) noexcept { return Iterator(piece_++); }
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    BufferSequence::Iterator piece_;
  };

  [[nodiscard]] Iterator begin() const noexcept { return Iterator(pieces_.begin()); }
  [[nodiscard]] Iterator end() const noexcept { return Iterator(pieces_.end()); }

 private:
  BufferSequence pieces_;
};

}  // namespace iolab::proactor::asio_engine
