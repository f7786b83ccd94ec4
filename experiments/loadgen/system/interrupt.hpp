#pragma once

namespace iolab::loadgen {

/// From now on the first Ctrl-C or SIGTERM only makes interrupted() true, and the second ends the
/// process at once with status 128 + signal.
void catch_interrupts();

[[nodiscard]] bool interrupted() noexcept;

}  // namespace iolab::loadgen
