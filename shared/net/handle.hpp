#pragma once

#include <cstdint>

namespace iolab {

/// What the operating system calls an open socket. POSA2 calls it a handle.
#ifdef _WIN32
using Handle = std::uintptr_t;
inline constexpr Handle invalid_handle = ~Handle{0};
#else
using Handle = int;
inline constexpr Handle invalid_handle = -1;
#endif

}  // namespace iolab
