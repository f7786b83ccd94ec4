#include "heap_watch.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

// The address sanitizer's, under which lab tests run. (GCC does not install its header.)
extern "C" int __sanitizer_install_malloc_and_free_hooks(
    void (*allocated)(const volatile void* block, std::size_t bytes),
    void (*freed)(const volatile void* block));

namespace lab {
namespace {

using Block = const std::byte*;

struct Heap {
  std::map<Block, std::size_t> blocks;  // with their sizes
  std::size_t allocated = 0;            // bytes, ever
  bool watched = false;                 // a call is under way
  bool noting = false;                  // what this file does itself is not to be noted
};

// Never destroyed, as memory is freed until the very end of a program.
Heap& heap() {
  static auto* const the_heap = new Heap;
  return *the_heap;
}

Block block_at(const volatile void* address) {
  return static_cast<Block>(const_cast<const void*>(address));
}

void note_allocated(const volatile void* address, std::size_t bytes) {
  if (!heap().watched || std::exchange(heap().noting, true)) return;
  heap().blocks[block_at(address)] = bytes;
  heap().allocated += bytes;
  heap().noting = false;
}

void note_freed(const volatile void* address) {
  if (std::exchange(heap().noting, true)) return;
  heap().blocks.erase(block_at(address));
  heap().noting = false;
}

class Watching {
 public:
  Watching() { heap().watched = true; }
  Watching(const Watching&) = delete;
  Watching& operator=(const Watching&) = delete;
  ~Watching() { heap().watched = false; }
};

/// The contents of the blocks at one time. What a large block has beyond its first bytes is not
/// looked at: perhaps it is 4 GiB for a length that somebody claimed.
class Snapshot {
 public:
  Snapshot() : blocks_(heap().blocks.begin(), heap().blocks.end()) {
    for (auto& [block, bytes] : blocks_) {
      bytes = std::min(bytes, most_looked_at);
      contents_.insert(contents_.end(), block, block + bytes);
    }
  }

  [[nodiscard]] std::size_t bytes_changed() const {
    std::size_t changed = 0;
    auto before = contents_.begin();
    for (const auto& [block, bytes] : blocks_) {
      const bool exists = heap().blocks.contains(block);
      if (exists && !std::equal(block, block + bytes, before)) {
        for (std::size_t i = 0; i < bytes; ++i) {
          changed += block[i] != before[static_cast<std::ptrdiff_t>(i)] ? 1 : 0;
        }
      }
      before += static_cast<std::ptrdiff_t>(bytes);
    }
    return changed;
  }

 private:
  static constexpr std::size_t most_looked_at = 1024 * 1024;

  std::vector<std::pair<Block, std::size_t>> blocks_;
  std::vector<std::byte> contents_;
};

}  // namespace

HeapWatch::HeapWatch() {
  static_cast<void>(heap());  // so that no hook has to make it
  static const int installed =
      __sanitizer_install_malloc_and_free_hooks(note_allocated, note_freed);
  static_cast<void>(installed);
}

void HeapWatch::during(const std::function<void()>& call) {
  const Snapshot before;
  const std::size_t allocated_before = heap().allocated;
  {
    const Watching watching;
    call();
  }
  written_ += before.bytes_changed() + heap().allocated - allocated_before;
}

std::size_t HeapWatch::held() const {
  std::size_t bytes = 0;
  for (const auto& [block, size] : heap().blocks) bytes += size;
  return bytes;
}

}  // namespace lab
