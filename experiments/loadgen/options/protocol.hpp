#pragma once

namespace iolab::loadgen {

/// What a message looks like on the wire: plain bytes, or a length of 4 bytes and then that many
/// bytes.
enum class Protocol { echo, framed };

}  // namespace iolab::loadgen
