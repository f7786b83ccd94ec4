#include "shared/server/connection_manager.hpp"

#include <algorithm>
#include <iostream>
#include <limits>

#include "shared/server/server.hpp"

namespace iolab {
namespace {

using std::chrono::nanoseconds;
using namespace std::chrono_literals;

// Fine enough to end an idle connection within an eighth of the timeout, coarse enough that an idle
// server sleeps. Accepting that was paused resumes at a tick, hence the upper bound.
nanoseconds choose_tick_period(const ServerOptions& options) {
  const nanoseconds shortest = options.idle_timeout > 0ns
                                   ? std::min(options.idle_timeout, options.drain_timeout)
                                   : options.drain_timeout;
  return std::clamp<nanoseconds>(shortest / 8, 1ms, 250ms);
}

std::uint32_t in_ticks(nanoseconds duration, nanoseconds period) {
  const auto ticks = duration / period + (duration % period > 0ns ? 1 : 0);
  return static_cast<std::uint32_t>(
      std::min<std::int64_t>(ticks, std::numeric_limits<std::int32_t>::max()));
}

}  // namespace

ConnectionManager::ConnectionManager(Service& service)
    : service_(service),
      tick_period_(choose_tick_period(service.options)),
      idle_ticks_(in_ticks(service.options.idle_timeout, tick_period_)),
      drain_ticks_left_(in_ticks(service.options.drain_timeout, tick_period_)) {}

bool ConnectionManager::admit() noexcept {
  return service_.statistics.admit(service_.options.max_connections);
}

void ConnectionManager::shed(const std::exception& error) noexcept {
  if (!has_complained_) std::cerr << server_program.name << ": " << error.what() << std::endl;
  has_complained_ = true;
  shed();
}

Conversation ConnectionManager::make_conversation() {
  return Conversation(make_session(service_.options.protocol, service_.work),
                      service_.options.output_limit);
}

void ConnectionManager::opened(ManagedConnection& connection) noexcept {
  ++open_;
  idle_list_.insert(connection);
}

void ConnectionManager::closed(ManagedConnection& connection, CloseReason reason) noexcept {
  --open_;
  idle_list_.remove(connection);
  // Count the first cause: the peer of a broken conversation may end it in any way afterwards.
  if (connection.conversation().reason() == CloseReason::protocol_error) {
    reason = CloseReason::protocol_error;
  }
  service_.statistics.closed(reason, connection.conversation().traffic());
}

void ConnectionManager::tick() {
  idle_list_.tick();
  if (draining_) {
    if (drain_ticks_left_ == 0) return close_all(CloseReason::drain_timeout);
    --drain_ticks_left_;
  }
  if (idle_ticks_ == 0) return;
  while (IdleList::Entry* idle = idle_list_.take_idle(idle_ticks_)) {
    static_cast<ManagedConnection*>(idle)->close(CloseReason::idle_timeout);
  }
}

void ConnectionManager::drain() {
  draining_ = true;
  for (IdleList::Entry* entry = idle_list_.first(); entry;) {
    // A connection with nothing left to say may close, and so leave the list, at once.
    IdleList::Entry* const next = idle_list_.after(*entry);
    static_cast<ManagedConnection*>(entry)->drain();
    entry = next;
  }
}

void ConnectionManager::close_all(CloseReason reason) {
  while (IdleList::Entry* entry = idle_list_.first()) {
    idle_list_.remove(*entry);
    static_cast<ManagedConnection*>(entry)->close(reason);
  }
}

}  // namespace iolab
