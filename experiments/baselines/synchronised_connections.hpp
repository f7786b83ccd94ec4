#pragma once

#include <chrono>
#include <mutex>

#include "shared/net/wake_up.hpp"
#include "shared/server/connection_manager.hpp"

namespace iolab::blocking {

/// A ConnectionManager for many threads. Of its functions only touched() and draining() are called
/// per message: the first takes the lock once a tick, the second never.
class SynchronisedConnections {
 public:
  /// Notifies `drained` when the last connection ends while draining.
  SynchronisedConnections(Service& service, const WakeUp& drained)
      : drained_(drained), manager_(service) {}

  /// False if the server is full, or stops: close the handle. After true comes either shed() or
  /// opened(), then closed().
  [[nodiscard]] bool admit() {
    const std::lock_guard lock(mutex_);
    if (manager_.draining() || !manager_.admit()) return false;
    ++admitted_;
    return true;
  }

  void shed() {
    const std::lock_guard lock(mutex_);
    manager_.shed();
    forget();
  }

  [[nodiscard]] Conversation make_conversation() {
    const std::lock_guard lock(mutex_);
    return manager_.make_conversation();
  }

  void opened(ManagedConnection& connection) {
    const std::lock_guard lock(mutex_);
    manager_.opened(connection);
  }

  /// Only for the thread that serves the connection.
  void touched(ManagedConnection& connection) {
    if (manager_.is_current(connection)) return;
    const std::lock_guard lock(mutex_);
    manager_.touched(connection);
  }

  void closed(ManagedConnection& connection, CloseReason reason) {
    const std::lock_guard lock(mutex_);
    manager_.closed(connection, reason);
    forget();
  }

  void tick() {
    const std::lock_guard lock(mutex_);
    manager_.tick();
  }
  [[nodiscard]] std::chrono::nanoseconds tick_period() const { return manager_.tick_period(); }

  /// May be repeated, for connections that did not notice it.
  void drain() {
    const std::lock_guard lock(mutex_);
    manager_.drain();
  }
  [[nodiscard]] bool draining() const noexcept { return manager_.draining(); }

  /// Draining, and no thread has a connection any more.
  [[nodiscard]] bool drained() {
    const std::lock_guard lock(mutex_);
    return manager_.draining() && admitted_ == 0;
  }

 private:
  void forget() {
    if (--admitted_ == 0 && manager_.draining()) drained_.notify();
  }

  const WakeUp& drained_;
  std::mutex mutex_;
  ConnectionManager manager_;
  std::uint64_t admitted_ = 0;  // also those on their way to a thread
};

}  // namespace iolab::blocking
