#include "shared/protocol/work.hpp"

#include <thread>

namespace iolab {

void Work::count_message() {
  if ((messages_.fetch_add(1, std::memory_order_relaxed) + 1) % every_ != 0) return;
  if (kind_ == Kind::block) {
    std::this_thread::sleep_for(duration_);
    return;
  }
  const auto end = std::chrono::steady_clock::now() + duration_;
  while (std::chrono::steady_clock::now() < end) {
  }
}

}  // namespace iolab
