#pragma once

#include <algorithm>
#include <chrono>
#include <limits>
#include <memory>

#include "reactor/demultiplexer.hpp"

/// The demultiplexers there are; each system builds those it has.
namespace iolab::reactor {

[[nodiscard]] std::unique_ptr<Demultiplexer> make_select_demultiplexer();
[[nodiscard]] std::unique_ptr<Demultiplexer> make_poll_demultiplexer();
[[nodiscard]] std::unique_ptr<Demultiplexer> make_epoll_demultiplexer();

/// The timeout as poll and epoll_wait want it: -1 is without limit.
[[nodiscard]] inline int to_poll_timeout(std::chrono::milliseconds timeout) {
  if (timeout.count() < 0) return -1;
  constexpr std::chrono::milliseconds::rep longest = std::numeric_limits<int>::max();
  return static_cast<int>(std::min(timeout.count(), longest));
}

}  // namespace iolab::reactor
