#pragma once

#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

/// What is wrong with the broken server: the value of the environment variable IOLAB_FAULT. A
/// variable, so that the server has exactly the command line of all others.
namespace iolab {

inline constexpr std::string_view faults[] = {
    "",                   // none: it passes the whole suite
    "drop-byte",          // loses the last byte of a large read
    "reply-early",        // echoes frames before they are whole
    "trust-length",       // allocates what a header claims
    "sigpipe",            // writes as if peers never closed
    "lose-half-close",    // the peer's end is the end, whatever is pending
    "reset-after-error",  // closes with input unread, which destroys replies on their way
    "no-output-limit",    // reads whatever is pending
    "never-resume",       // does not read again after a pause
    "block-on-write",     // waits for a slow reader while the others wait for it
    "leak-descriptor",    // forgets to close after a reset
    "spin-on-emfile",     // tries to accept again at once
    "stop-on-emfile",     // does not try to accept again
    "spin-when-idle",     // asks without pause whether there is something to do
    "never-time-out",     // never closes idle connections
    "count-trickle",      // takes any byte for progress
    "ignore-sigterm",     // goes on when asked to stop
    "drop-on-drain",      // stops at once, requests unanswered
    "wait-for-ever",      // waits for peers that do not let go
    "wrong-engine",       // claims what it does not use
    "miscount",           // counts connections twice
};

[[nodiscard]] inline bool has_fault(std::string_view name) {
  static const std::string chosen = [] {
    const char* const value = std::getenv("IOLAB_FAULT");
    const std::string_view fault = value ? value : "";
    if (std::ranges::find(faults, fault) == std::end(faults)) {
      throw std::invalid_argument("there is no fault '" + std::string(fault) + "'");
    }
    return std::string(fault);
  }();
  return chosen == name;
}

}  // namespace iolab
