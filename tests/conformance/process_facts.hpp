#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

/// What the system knows about a running process. Throws std::runtime_error when it is gone.
namespace iolab::conformance {

/// What each open descriptor refers to, such as "socket:[123]" or "anon_inode:[eventpoll]".
[[nodiscard]] std::vector<std::string> descriptors(pid_t pid);

[[nodiscard]] std::size_t threads(pid_t pid);

/// CPU time used so far by all its threads, user and system.
[[nodiscard]] std::chrono::nanoseconds cpu_time(pid_t pid);

/// Part of the machine's CPU time, 1 being one whole core, that it uses during the next `window`.
[[nodiscard]] double cpu_share(pid_t pid, std::chrono::milliseconds window);

/// Resident memory of its own, such as heap and stacks. Not what it shares with other processes:
/// its part in that changes with their number.
[[nodiscard]] std::size_t resident_bytes(pid_t pid);

/// Lets it open so many more descriptors, until some are closed.
void leave_descriptors(pid_t pid, std::size_t spare);

}  // namespace iolab::conformance
