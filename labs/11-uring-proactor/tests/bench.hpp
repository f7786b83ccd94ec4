#pragma once

#include <functional>
#include <system_error>

#include "machine/proactor/scenes.hpp"

namespace lab {

/// The student's Proactor on the simulated io_uring.
class Bench final : public ProactorBench {
 public:
  /// `before` sets up the kernel that the Proactor finds.
  explicit Bench(unsigned entries = 256, const std::function<void(Kernel&)>& before = {}) {
    if (before) before(kernel);
    try {
      use(make_uring_proactor(entries));
    } catch (const std::system_error& error) {
      expect_that(false, "make_uring_proactor() makes a Proactor", error.what());
    }
  }

  /// System calls on the ring so far.
  [[nodiscard]] std::size_t enters() const { return kernel.calls("io_uring_enter"); }
};

}  // namespace lab
