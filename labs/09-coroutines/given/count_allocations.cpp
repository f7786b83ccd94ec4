// Counts how often a program asks for memory, without a change to it. See the handout.
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdio>

// NOLINTBEGIN(bugprone-reserved-identifier, readability-identifier-naming)
extern "C" {

// glibc's own, by the names that stay when somebody takes malloc() over.
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t number, std::size_t size);
void* __libc_realloc(void* block, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);

static std::atomic<unsigned long> allocations{0};

void* malloc(std::size_t size) {
  ++allocations;
  return __libc_malloc(size);
}
void* calloc(std::size_t number, std::size_t size) {
  ++allocations;
  return __libc_calloc(number, size);
}
void* realloc(void* block, std::size_t size) {
  ++allocations;
  return __libc_realloc(block, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  ++allocations;
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** block, std::size_t alignment, std::size_t size) {
  ++allocations;
  *block = __libc_memalign(alignment, size);
  return *block ? 0 : ENOMEM;
}

[[gnu::destructor]] static void tell() {
  std::fprintf(stderr, "%lu allocations\n", allocations.load());
}

}  // extern "C"
// NOLINTEND(bugprone-reserved-identifier, readability-identifier-naming)
