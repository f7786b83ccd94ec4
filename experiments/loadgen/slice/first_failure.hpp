#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>

namespace iolab::loadgen {

/// Why a run cannot go on.
struct Failure {
  std::optional<std::size_t> target;  // index of the one to blame, if one is
  std::string what;
  bool wrong_reply = false;  // the target sent a wrong byte, or more than was asked for
};

/// The first failure of any thread, which ends the run for all. Thread-safe.
class FirstFailure {
 public:
  void fail(Failure failure) {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::move(failure);
    failed_.store(true);
  }
  [[nodiscard]] bool failed() const noexcept { return failed_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::optional<Failure> failure() const {
    const std::lock_guard lock(mutex_);
    return failure_;
  }

 private:
  std::atomic<bool> failed_ = false;
  mutable std::mutex mutex_;
  std::optional<Failure> failure_;
};

}  // namespace iolab::loadgen
