#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "reactor/demultiplexer.hpp"
#include "reactor/event_handler.hpp"
#include "shared/net/wake_up.hpp"

namespace iolab::reactor {

/// POSA2's Reactor: waits for many handles on one thread and calls the handler of each that is
/// ready. The handler then performs the I/O itself, which is what tells a Reactor from a Proactor.
///
/// All members are for one thread, except wake_up(). Handlers outlive their registration.
class Reactor {
 public:
  /// Throws std::system_error.
  explicit Reactor(std::unique_ptr<Demultiplexer> demultiplexer);
  ~Reactor();

  /// The demultiplexer's name.
  [[nodiscard]] std::string_view engine() const noexcept { return demultiplexer_->name(); }

  /// From the next handle_events() on, `handler` is told when its handle is ready for one of
  /// `interest`. Throws std::system_error or std::bad_alloc; then it is not registered.
  void register_handler(EventHandler& handler, Events interest);

  /// Replaces the interest; none is allowed and keeps the registration. Takes effect at once, also
  /// for events this turn has found but not yet handled. Costs no system call if nothing changes.
  void change_interest(EventHandler& handler, Events interest);

  /// `handler` is never called again: not even for an event of this turn that waits behind the
  /// current one, as those are searched for it and struck out. Call before the handle is closed.
  /// Removing a handler that is not registered does nothing.
  void remove_handler(EventHandler& handler) noexcept;

  /// One turn: waits at most `timeout` (negative: without limit), then calls the handler of every
  /// handle found ready and returns how many it called. Throws std::system_error if waiting fails,
  /// and what a handler throws; the events behind that one are then left for the next turn, which
  /// finds them again.
  std::size_t handle_events(std::chrono::nanoseconds timeout);

  /// Makes the handle_events() that runs, or else the next one, return without waiting. Callable
  /// from any thread and from a signal handler.
  void wake_up() const noexcept { wake_up_.notify(); }

 private:
  /// Watches the Reactor's own wake-up handle.
  class WakeUpHandler final : public EventHandler {
   public:
    explicit WakeUpHandler(const WakeUp& wake_up) noexcept : wake_up_(wake_up) {}
    [[nodiscard]] Handle get_handle() const override { return wake_up_.handle(); }
    void handle_event(Events) override { wake_up_.clear(); }

   private:
    const WakeUp& wake_up_;
  };

  std::unique_ptr<Demultiplexer> demultiplexer_;
  WakeUp wake_up_;
  WakeUpHandler wake_up_handler_{wake_up_};
  std::span<Demultiplexer::Ready> found_;  // by this turn and not yet handled
};

}  // namespace iolab::reactor
