#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace iolab::conformance {

/// The TCP ports on which a process of the group listens, in ascending order, each once.
[[nodiscard]] std::vector<std::uint16_t> listening_ports(pid_t group);

/// Whether anybody listens on the TCP port.
[[nodiscard]] bool is_listened_on(std::uint16_t port);

/// A TCP port that is free now.
[[nodiscard]] std::uint16_t free_port();

}  // namespace iolab::conformance
