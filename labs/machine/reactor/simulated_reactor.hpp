#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <vector>

#include "machine/kernel/kernel.hpp"
#include "reactor.hpp"

namespace lab {

/// A Reactor beneath the program under test, so that a server can be tested without the Reactor
/// that the student wrote. It asks the simulated kernel itself what is ready, and fails the test
/// when its user breaks what reactor.hpp says: a descriptor that is not open, a handler registered
/// twice or not at all, a descriptor closed before its handler was removed.
class SimulatedReactor final : public Reactor {
 public:
  explicit SimulatedReactor(Kernel& kernel) : kernel_(kernel) {}

  void register_handler(EventHandler& handler, Events interest) override;
  void change_interest(EventHandler& handler, Events interest) override;
  void remove_handler(EventHandler& handler) noexcept override;
  std::size_t handle_events(std::chrono::milliseconds timeout) override;
  void wake_up() noexcept override { awake_ = true; }

  // Asking it.

  [[nodiscard]] std::size_t handlers() const { return entries_.size(); }

  /// A handler is being called, and waits in a system call if a client acts now.
  [[nodiscard]] bool is_calling() const { return calling_; }

  /// Of whoever is registered for `descriptor`; none if nobody is.
  [[nodiscard]] Events interest(int descriptor) const;

  /// How often an interest has changed: each would have cost a system call.
  [[nodiscard]] std::size_t changes() const { return changes_; }

  /// How many turns have called a handler.
  [[nodiscard]] std::size_t eventful_turns() const { return eventful_turns_; }

  /// The next turn reports `descriptor` as ready for `events`, as far as its handler is interested,
  /// though it may not be: real systems do so now and then.
  void reports_by_mistake(int descriptor, Events events) { mistakes_[descriptor] = events; }

 private:
  struct Entry {
    int descriptor;
    Events interest;
    std::size_t number;  // tells a handler from a later one at the same address
  };
  struct Found {
    EventHandler* handler;
    std::size_t number;
    Events events;
  };

  void expect_open_descriptors() const;
  [[nodiscard]] Events ready(const Entry& entry) const;
  [[nodiscard]] std::vector<Found> find_ready();

  Kernel& kernel_;
  std::map<EventHandler*, Entry> entries_;
  std::size_t registered_ = 0;
  std::size_t changes_ = 0;
  std::size_t eventful_turns_ = 0;
  std::map<int, Events> mistakes_;  // of the next turn, by descriptor
  bool awake_ = false;
  bool calling_ = false;
};

}  // namespace lab
