#pragma once

#include <cstddef>
#include <functional>

namespace lab {

/// What some calls do with the heap, in bytes: the same on every machine, where a clock would not
/// be. For one thread.
class HeapWatch {
 public:
  HeapWatch();
  HeapWatch(const HeapWatch&) = delete;
  HeapWatch& operator=(const HeapWatch&) = delete;

  void during(const std::function<void()>& call);

  /// Bytes in blocks that were allocated during() the calls of any watch, and are not freed.
  [[nodiscard]] std::size_t held() const;

  /// Bytes that the calls of this watch have written: those that they changed in such blocks, and
  /// all of those in blocks that they allocated.
  [[nodiscard]] std::size_t written() const { return written_; }

 private:
  std::size_t written_ = 0;
};

}  // namespace lab
