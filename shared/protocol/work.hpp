#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace iolab {

/// The processing step of every server: nothing, or on every nth message a pause or a burst of
/// CPU, for the experiments that ask what slow processing does to an architecture.
class Work {
 public:
  enum class Kind : std::uint8_t {
    block,  ///< sleep, as a call to a database would
    spin,   ///< use the CPU, as a computation would
  };

  /// Every 0th message means never.
  Work(std::uint64_t every, Kind kind, std::chrono::nanoseconds duration) noexcept
      : every_(every), kind_(kind), duration_(duration) {}
  Work() noexcept : Work(0, Kind::block, {}) {}
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;

  /// Processes one message. Callable from any thread; the count is the whole server's.
  void process() {
    if (every_ != 0) count_message();
  }

 private:
  void count_message();

  std::uint64_t every_;
  Kind kind_;
  std::chrono::nanoseconds duration_;
  std::atomic<std::uint64_t> messages_{0};
};

}  // namespace iolab
