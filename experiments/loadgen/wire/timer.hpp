#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>

#include "shared/measure/clock.hpp"

namespace iolab::loadgen {

/// The executor's concrete type spares a type-erased copy per operation.
using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                boost::asio::wait_traits<std::chrono::steady_clock>,
                                                boost::asio::io_context::executor_type>;

/// The point of time that now_ns() calls `time_ns`.
[[nodiscard]] inline std::chrono::steady_clock::time_point to_time_point(Nanoseconds time_ns) {
  return std::chrono::steady_clock::time_point(
      std::chrono::duration_cast<std::chrono::steady_clock::duration>(
          std::chrono::nanoseconds(time_ns)));
}

}  // namespace iolab::loadgen
