#pragma once

#include <memory>
#include <vector>

#include "proactor/proactor.hpp"
#include "reactor/reactor.hpp"

namespace iolab::emulated {

using proactor::AsyncOperation;
using proactor::OperationKind;
using reactor::Demultiplexer;
using reactor::EventHandler;
using reactor::Events;
using reactor::Reactor;

/// A Proactor where the system offers only readiness: it contains a Reactor and performs each
/// operation itself, on the thread that calls it, as soon as the system call would not block.
///
/// An operation is tried when it is submitted (speculation) unless the handle is known not to be
/// ready (cached readiness); one that would block is parked until the Reactor reports the handle.
/// Either way its completion is queued, and delivered by handle_events().
class EmulatedProactor final : public proactor::Proactor {
 public:
  /// Throws std::system_error.
  explicit EmulatedProactor(std::unique_ptr<Demultiplexer> demultiplexer);
  ~EmulatedProactor() override;

  [[nodiscard]] std::string_view engine() const noexcept override { return reactor_.engine(); }

  /// Makes the handle non-blocking: an attempt that waited would stop every other connection.
  void associate(Handle handle) override;
  void dissociate(Handle handle) noexcept override;
  void cancel(AsyncOperation& operation) noexcept override;

  /// May also return early because a handle was ready for which no operation waits any more.
  void handle_events(std::chrono::nanoseconds timeout) override;
  void wake_up() noexcept override { reactor_.wake_up(); }

 private:
  class HandleState;

  void start(AsyncOperation& operation) noexcept override;
  void finished(AsyncOperation& operation) noexcept { completed_.push_back(&operation); }
  void deliver();
  [[nodiscard]] HandleState& state_of(const AsyncOperation& operation) noexcept {
    return *states_[static_cast<std::size_t>(operation.handle)];
  }

  Reactor reactor_;
  std::vector<std::unique_ptr<HandleState>> states_;  // by handle
  // The Completion Event Queue. Both have room for whatever may be in flight, so that completing
  // an operation needs no memory.
  std::vector<AsyncOperation*> completed_;
  std::vector<AsyncOperation*> delivered_;  // by the present pass of deliver()
};

}  // namespace iolab::emulated
