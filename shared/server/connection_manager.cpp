#include "shared/server/connection_manager.hpp"

#include <algorithm>
#include <iostream>
#include <limits>

#include "shared/buffers/chunk_pool.hpp"
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

// After this long without a message a connection is quiet.
constexpr std::uint32_t quiet_ticks = 2;

FlowLimits flow_limits(const ServerOptions& options) {
  return {.output_limit = options.output_limit,
          .first_read = static_cast<std::uint32_t>(options.read_size),
          .largest_read =
              static_cast<std::uint32_t>(std::max(options.read_size, options.largest_read))};
}

std::uint32_t in_ticks(nanoseconds duration, nanoseconds period) {
  const auto ticks = duration / period + (duration % period > 0ns ? 1 : 0);
  return static_cast<std::uint32_t>(
      std::min<std::int64_t>(ticks, std::numeric_limits<std::int32_t>::max()));
}

}  // namespace

ConnectionManager::ConnectionManager(Service& service)
    : service_(service),
      limits_(flow_limits(service.options)),
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
  return Conversation(make_session(service_.options.protocol, service_.work), limits_);
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
  ChunkPool::of_this_thread().trim();
  if (draining_) {
    if (drain_ticks_left_ == 0) return close_all(CloseReason::drain_timeout);
    --drain_ticks_left_;
  }
  idle_list_.for_each_idle_for(quiet_ticks, [](IdleList::Entry& quiet) {
    static_cast<ManagedConnection&>(quiet).went_quiet();
  });
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
