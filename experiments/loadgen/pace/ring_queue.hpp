#pragma once

#include <bit>
#include <cassert>
#include <cstddef>
#include <vector>

namespace iolab::loadgen {

/// A first-in first-out queue of at most `capacity` values that never allocates after its birth.
template <typename T>
class RingQueue {
 public:
  explicit RingQueue(std::size_t capacity)
      : values_(std::bit_ceil(capacity)), mask_(values_.size() - 1) {}

  [[nodiscard]] bool empty() const noexcept { return head_ == tail_; }
  [[nodiscard]] std::size_t size() const noexcept { return tail_ - head_; }

  void push(const T& value) {
    assert(size() < values_.size());
    values_[tail_++ & mask_] = value;
  }
  T pop() {
    assert(!empty());
    return values_[head_++ & mask_];
  }

 private:
  std::vector<T> values_;
  std::size_t mask_;
  std::size_t head_ = 0;
  std::size_t tail_ = 0;
};

}  // namespace iolab::loadgen
