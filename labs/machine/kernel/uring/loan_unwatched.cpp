// Loans where the address sanitizer is not in the program, but that for threads: nobody watches.
#include "machine/kernel/uring/loan.hpp"

namespace lab {

Loan::Loan(std::span<std::byte> memory) : memory_(memory) {}

Loan::~Loan() = default;

bool is_on_stack(const void* /*memory*/) {
  return false;
}

}  // namespace lab
