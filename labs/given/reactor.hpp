#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

#include "demultiplexer.hpp"
#include "event_handler.hpp"

namespace lab {

/// Waits for many handles on one thread and calls the handler of each that is ready. The handler
/// then performs the I/O itself, which is what tells a Reactor from a Proactor.
///
/// All members are for one thread, except wake_up(). Handlers outlive their registration.
class Reactor {
 public:
  Reactor() = default;
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;
  virtual ~Reactor() = default;

  /// From the next handle_events() on, `handler` is told when its handle is ready for one of
  /// `interest`. Throws std::system_error, EEXIST if the handle has a handler already, or
  /// std::bad_alloc; then it is not registered.
  virtual void register_handler(EventHandler& handler, Events interest) = 0;

  /// Replaces the interest; none is allowed and keeps the registration. Takes effect at once, also
  /// for events this turn has found but not yet handled. Costs no system call if nothing changes.
  /// Throws std::system_error; then the interest is what it was.
  virtual void change_interest(EventHandler& handler, Events interest) = 0;

  /// `handler` is never called again: not even for an event of this turn that waits behind the
  /// current one. Call before the handle is closed. Removing a handler that is not registered does
  /// nothing.
  virtual void remove_handler(EventHandler& handler) noexcept = 0;

  /// One turn: waits at most `timeout` (negative: without limit), then calls the handler of every
  /// handle found ready and returns how many it called. Throws std::system_error if waiting fails,
  /// and what a handler throws; the events behind that one are then left for the next turn, which
  /// finds them again.
  virtual std::size_t handle_events(std::chrono::milliseconds timeout) = 0;

  /// Makes the handle_events() that runs, or else the next one, return without waiting. Callable
  /// from any thread and from a signal handler.
  virtual void wake_up() noexcept = 0;
};

/// Lab 02: reactor.cpp. Throws std::system_error.
[[nodiscard]] std::unique_ptr<Reactor> make_reactor(std::unique_ptr<Demultiplexer> demultiplexer);

}  // namespace lab
