#pragma once

#include <cstddef>
#include <span>

namespace lab {

/// Memory of the program that the kernel will write to. Until the loan ends the address sanitizer
/// reports whoever touches it.
class Loan {
 public:
  explicit Loan(std::span<std::byte> memory);
  Loan(const Loan&) = delete;
  Loan& operator=(const Loan&) = delete;
  ~Loan();

 private:
  std::span<std::byte> memory_;
};

/// Part of a local variable of the thread that asks. Such memory is gone when its function returns.
[[nodiscard]] bool is_on_stack(const void* memory);

}  // namespace lab
