#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>

#include "shared/server/idle_list.hpp"
#include "shared/server/managed_connection.hpp"
#include "shared/server/service.hpp"

namespace iolab {

/// The open connections of one worker: admits them, ends idle ones, drains them when the server
/// stops. It owns none. Not synchronised, except is_current() and draining().
class ConnectionManager {
 public:
  explicit ConnectionManager(Service& service);

  /// False if the server is full: close the new handle and forget it.
  [[nodiscard]] bool admit() noexcept;

  /// Instead of opened(), when there is no memory for an admitted connection, or no place in the
  /// engine: it counts as shed. The caller closes the handle.
  void shed() noexcept { service_.statistics.shed(); }

  /// The same, for the reason `error`. The first one of each manager is reported on stderr.
  void shed(const std::exception& error) noexcept;

  /// What an admitted connection will say.
  [[nodiscard]] Conversation make_conversation();

  void opened(ManagedConnection& connection) noexcept;

  /// The connection made progress.
  void touched(ManagedConnection& connection) noexcept { idle_list_.touch(connection); }

  /// True if touched() would change nothing, as is so for all but the first touch in a tick. Safe
  /// beside other threads, so that they need a lock only once a tick.
  [[nodiscard]] bool is_current(const ManagedConnection& connection) const noexcept {
    return idle_list_.is_current(connection);
  }

  /// Call once for every connection opened, before it dies.
  void closed(ManagedConnection& connection, CloseReason reason) noexcept;

  /// To be called once every tick_period(): closes what is idle, or late in draining.
  void tick();
  [[nodiscard]] std::chrono::nanoseconds tick_period() const noexcept { return tick_period_; }

  /// The server stops: drains every connection.
  void drain();
  /// Safe beside other threads.
  [[nodiscard]] bool draining() const noexcept { return draining_.load(std::memory_order_relaxed); }

  /// Draining, and no connection is left.
  [[nodiscard]] bool drained() const noexcept { return draining() && open_ == 0; }

 private:
  void close_all(CloseReason reason);

  Service& service_;
  FlowLimits limits_;
  std::chrono::nanoseconds tick_period_;
  IdleList idle_list_;
  std::uint64_t open_ = 0;
  std::uint32_t idle_ticks_;        // 0: never
  std::uint32_t drain_ticks_left_;  // until the deadline, once draining
  std::atomic<bool> draining_{false};
  bool has_complained_ = false;
};

}  // namespace iolab
