#include "machine/kernel/uring/loan.hpp"

#include <pthread.h>
#include <sanitizer/asan_interface.h>

namespace lab {
namespace {

std::span<const std::byte> stack_of_this_thread() {
  pthread_attr_t attributes;
  void* begin = nullptr;
  std::size_t size = 0;
  if (::pthread_getattr_np(::pthread_self(), &attributes) != 0) return {};
  ::pthread_attr_getstack(&attributes, &begin, &size);
  ::pthread_attr_destroy(&attributes);
  return {static_cast<const std::byte*>(begin), size};
}

bool was_freed(void* memory) {
  void* frame = nullptr;
  int thread = 0;
  return __asan_get_free_stack(memory, &frame, 1, &thread) > 0;
}

}  // namespace

Loan::Loan(std::span<std::byte> memory) : memory_(memory) {
  ASAN_POISON_MEMORY_REGION(memory_.data(), memory_.size());
}

// What the program has freed meanwhile stays forbidden, so that the kernel's write is reported.
Loan::~Loan() {
  if (!was_freed(memory_.data())) ASAN_UNPOISON_MEMORY_REGION(memory_.data(), memory_.size());
}

bool is_on_stack(const void* memory) {
  static const std::span<const std::byte> stack = stack_of_this_thread();
  const auto* const place = static_cast<const std::byte*>(memory);
  if (place >= stack.data() && place < stack.data() + stack.size()) return true;
  // Where the sanitizer keeps local variables elsewhere to find uses after a return.
  return __asan_addr_is_in_fake_stack(__asan_get_current_fake_stack(), const_cast<void*>(memory),
                                      nullptr, nullptr) != nullptr;
}

}  // namespace lab
