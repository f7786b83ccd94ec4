#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace iolab::proactor {

/// The buffers that the connections of one thread post: a one-shot Proactor lends one to the engine
/// for each connection, before there is anything to read. They are cut from large blocks, on huge
/// pages where the system has them: thousands of buffers on small pages of their own miss the
/// caches of the address translation.
class ReadBuffers {
 public:
  /// Each of `size` bytes, at least 1.
  explicit ReadBuffers(std::size_t size) noexcept;
  ReadBuffers(const ReadBuffers&) = delete;
  ReadBuffers& operator=(const ReadBuffers&) = delete;

  /// Gives a buffer back where it came from.
  class GiveBack {
   public:
    explicit GiveBack(ReadBuffers& owner) noexcept : owner_(&owner) {}
    void operator()(std::byte* buffer) const noexcept { owner_->add_spare(buffer); }

   private:
    ReadBuffers* owner_;
  };
  using Buffer = std::unique_ptr<std::byte, GiveBack>;

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  /// size() bytes of undefined contents, which this object must outlive. Throws std::bad_alloc.
  [[nodiscard]] Buffer take();

 private:
  /// What a spare buffer holds.
  struct Spare {
    Spare* next;
  };
  struct Free {
    void operator()(std::byte* block) const noexcept;
  };

  [[nodiscard]] std::byte* cut();
  void add_block();
  void add_spare(std::byte* buffer) noexcept;

  std::size_t size_;
  std::size_t stride_;
  std::size_t block_size_;                                // of the next block
  std::vector<std::unique_ptr<std::byte, Free>> blocks_;  // kept until the end
  std::span<std::byte> uncut_;                            // of the last block
  Spare* first_spare_ = nullptr;
};

}  // namespace iolab::proactor
