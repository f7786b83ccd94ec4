#pragma once

#include <chrono>
#include <memory>
#include <span>

#include "event_handler.hpp"

namespace lab {

/// One system call that waits for many handles at once. Level-triggered: what stays ready is
/// reported by every wait(). For one thread.
///
/// The Reactor is its only user; it promises to add a handle once, to change and remove only what
/// it added, and to remove a handle before it is closed.
class Demultiplexer {
 public:
  Demultiplexer() = default;
  Demultiplexer(const Demultiplexer&) = delete;
  Demultiplexer& operator=(const Demultiplexer&) = delete;
  virtual ~Demultiplexer() = default;

  /// Starts to watch `handle` and to report it as `handler`. Throws std::system_error.
  virtual void add(int handle, EventHandler& handler, Events interest) = 0;

  /// Without interest the handle stays known, so that changing back cannot fail.
  virtual void change(int handle, EventHandler& handler, Events interest) = 0;

  virtual void remove(int handle) noexcept = 0;

  struct Ready {
    EventHandler* handler;
    Events
        events;  ///< read_write when the handle is in error or hung up, whatever the interest was
  };

  /// Waits until a handle is ready, a signal comes or the time is over; a negative timeout waits
  /// without limit. The result is valid until the next call of wait(). An interruption by a signal
  /// is no error: nothing was found. Throws std::system_error.
  [[nodiscard]] virtual std::span<Ready> wait(std::chrono::milliseconds timeout) = 0;
};

/// Lab 02: epoll_demultiplexer.cpp. Throws std::system_error.
[[nodiscard]] std::unique_ptr<Demultiplexer> make_epoll_demultiplexer();

}  // namespace lab
