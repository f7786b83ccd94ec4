#include "shared/server/idle_list.hpp"

namespace iolab {

void IdleList::insert(Entry& entry) noexcept {
  entry.tick_ = now_.load(std::memory_order_relaxed);
  entry.previous_ = root_.previous_;
  entry.next_ = &root_;
  root_.previous_->next_ = &entry;
  root_.previous_ = &entry;
}

void IdleList::remove(Entry& entry) noexcept {
  if (!entry.previous_) return;
  entry.previous_->next_ = entry.next_;
  entry.next_->previous_ = entry.previous_;
  entry.previous_ = entry.next_ = nullptr;
}

void IdleList::touch(Entry& entry) noexcept {
  if (is_current(entry) || !entry.previous_) return;
  remove(entry);
  insert(entry);
}

IdleList::Entry* IdleList::take_idle(std::uint32_t ticks) noexcept {
  Entry* const oldest = first();
  // Unsigned, so that the difference is right even when the count of ticks wraps round.
  if (!oldest || now_.load(std::memory_order_relaxed) - oldest->tick_ <= ticks) return nullptr;
  remove(*oldest);
  return oldest;
}

}  // namespace iolab
