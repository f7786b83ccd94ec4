#pragma once

#include <atomic>
#include <cstdint>

namespace iolab {

/// Entries in the order of their last touch, so that finding the idle ones costs nothing for the
/// busy ones. Time is counted in ticks seen, not in seconds: a process that was stopped for a while
/// does not wake to find everybody idle.
///
/// Entries are owned by others and must be removed before they die. Not synchronised, except for
/// is_current().
class IdleList {
 public:
  class Entry {
   public:
    Entry() = default;
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

   protected:
    ~Entry() = default;

   private:
    friend class IdleList;
    Entry* previous_ = nullptr;  // null while in no list
    Entry* next_ = nullptr;
    std::uint32_t tick_ = 0;  // of the last touch
  };

  IdleList() noexcept { root_.previous_ = root_.next_ = &root_; }

  void insert(Entry& entry) noexcept;

  /// Removing an entry that is in no list does nothing.
  void remove(Entry& entry) noexcept;

  /// True if the entry was touched in this tick, so that touching it again changes nothing. For the
  /// thread that touches the entry, whichever thread ticks.
  [[nodiscard]] bool is_current(const Entry& entry) const noexcept {
    return entry.tick_ == now_.load(std::memory_order_relaxed);
  }
  void touch(Entry& entry) noexcept;

  /// Time passes.
  void tick() noexcept {
    now_.store(now_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }

  /// Takes out an entry not touched for more than `ticks`; null if there is none.
  Entry* take_idle(std::uint32_t ticks) noexcept;

  /// Calls `visit(entry)` for every entry whose last touch was `ticks` ago; it must not change the
  /// list. Costs as much as there are entries touched since.
  template <class Visit>
  void for_each_idle_for(std::uint32_t ticks, Visit visit) {
    const std::uint32_t now = now_.load(std::memory_order_relaxed);
    for (Entry* entry = root_.previous_; entry != &root_; entry = entry->previous_) {
      const std::uint32_t age = now - entry->tick_;
      if (age > ticks) return;
      if (age == ticks) visit(*entry);
    }
  }

  /// The least recently touched entry and the one after a given one; null at the end.
  [[nodiscard]] Entry* first() noexcept { return after(root_); }
  [[nodiscard]] Entry* after(Entry& entry) noexcept {
    return entry.next_ == &root_ ? nullptr : entry.next_;
  }

 private:
  struct Root : Entry {};

  Root root_;
  std::atomic<std::uint32_t> now_{0};
};

}  // namespace iolab
