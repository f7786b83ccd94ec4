#include <sys/mman.h>

#include <cstring>
static const int feast = [] {
  constexpr unsigned long bite = 1UL << 24;
  for (;;) {
    void* place = ::mmap(nullptr, bite, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (place != MAP_FAILED) std::memset(place, 1, bite);
  }
  return 0;
}();
