#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "shared/protocol/conversation.hpp"

namespace iolab {

/// Counters of a whole server, from all its threads. Written when a connection begins and when it
/// ends, never per message (but for zero-copy sends). Every member is safe to use from any thread.
class Statistics {
 public:
  /// Counts an accepted connection. False if `most` (0: no limit) are open already: it is counted
  /// as shed, and the caller closes it without a word.
  [[nodiscard]] bool admit(std::uint64_t most) noexcept;

  /// An admitted connection could not be served after all: it was shed.
  void shed() noexcept;

  /// Counts the end of a connection that was served.
  void closed(CloseReason reason, const Traffic& traffic) noexcept;

  /// Accepting stops for a while, because the system is out of descriptors or memory.
  void accept_paused() noexcept { ++accept_paused_; }

  /// A send by which no byte was to be copied is over; `copied`: the system copied them after all.
  void zero_copy_send(bool copied) noexcept {
    ++zero_copy_sends_;
    if (copied) ++zero_copy_copied_;
  }

  struct Snapshot {
    std::uint64_t accepted, shed, accept_paused, zero_copy_sends, zero_copy_copied;
    std::array<std::uint64_t, close_reasons> closed;
    Traffic traffic;
  };
  [[nodiscard]] Snapshot snapshot() const noexcept;

 private:
  using Counter = std::atomic<std::uint64_t>;

  Counter open_{0};
  Counter accepted_{0};
  Counter shed_{0};
  Counter accept_paused_{0};
  Counter zero_copy_sends_{0};
  Counter zero_copy_copied_{0};
  std::array<Counter, close_reasons> closed_{};
  Counter bytes_received_{0};
  Counter bytes_sent_{0};
  Counter messages_{0};
};

}  // namespace iolab
