#pragma once

#include <cstdint>

#include "shared/net/handle.hpp"
#include "shared/net/unique_handle.hpp"

/// Accepting connections: what became of the attempt is a value.
namespace iolab {

enum class AcceptStatus : std::uint8_t {
  accepted,
  would_block,   ///< nobody is waiting
  peer_gone,     ///< that one left before it was accepted: try the next
  no_resources,  ///< out of descriptors or memory: trying again at once would spin
};

/// What an error code of accept(2) means, 0 being success.
[[nodiscard]] AcceptStatus accept_status(int error) noexcept;

struct AcceptResult {
  AcceptStatus status;
  UniqueHandle handle;  ///< non-blocking and configured, when accepted
};

[[nodiscard]] AcceptResult accept_connection(Handle listener) noexcept;

}  // namespace iolab
