#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string_view>

#include "reactor/event_handler.hpp"

namespace iolab::reactor {

/// POSA2's Synchronous Event Demultiplexer: one system call that waits for many handles at once.
/// Level-triggered: what stays ready is reported by every wait(). Not synchronised.
///
/// The Reactor is its only user; it promises to add a handle once, to change and remove only what
/// it added, and to remove a handle before it is closed.
class Demultiplexer {
 public:
  Demultiplexer() = default;
  Demultiplexer(const Demultiplexer&) = delete;
  Demultiplexer& operator=(const Demultiplexer&) = delete;
  virtual ~Demultiplexer() = default;

  [[nodiscard]] virtual std::string_view name() const noexcept = 0;

  /// Starts to watch `handle` and to report it as `handler`. Throws std::system_error if the system
  /// refuses, or this demultiplexer cannot watch a handle of that number; std::bad_alloc.
  virtual void add(Handle handle, EventHandler& handler, Events interest) = 0;

  /// Without interest the handle stays known, so that changing back cannot fail.
  virtual void change(Handle handle, EventHandler& handler, Events interest) = 0;

  virtual void remove(Handle handle) noexcept = 0;

  struct Ready {
    EventHandler* handler;
    Events events;  ///< read_write when the handle is in error, whatever the interest was
  };

  /// Waits until a handle is ready, a signal comes or the time is over; a negative timeout waits
  /// without limit. The result is valid until the next call of wait(). Throws std::system_error.
  [[nodiscard]] virtual std::span<Ready> wait(std::chrono::milliseconds timeout) = 0;
};

/// Makes the one called `name`; which names there are depends on the system: see
/// demultiplexers_*.cpp. Throws std::invalid_argument, std::system_error.
[[nodiscard]] std::unique_ptr<Demultiplexer> make_demultiplexer(std::string_view name);

}  // namespace iolab::reactor
