#include <fcntl.h>
#include <sys/socket.h>

#include <cassert>
#include <cerrno>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

#include "proactor.hpp"

namespace lab {
namespace {

//@ solution
constexpr std::size_t most_in_flight = 2;  // on one handle: one in each direction

// One pass delivers what is complete. A handler may submit an operation that is complete at once,
// again and again: after so many passes the other handles have their turn.
constexpr int most_passes = 16;
//@ starter
//@ end

[[maybe_unused]] Events direction_of(const AsyncOperation& operation) noexcept {
  return operation.kind == OperationKind::send ? Events::write : Events::read;
}

[[maybe_unused]] Events without(Events all, Events some) noexcept {
  return static_cast<Events>(static_cast<unsigned>(all) & ~static_cast<unsigned>(some));
}

void make_non_blocking(int handle) {
  //@ solution
  const int before = ::fcntl(handle, F_GETFL);
  if (before < 0 || ::fcntl(handle, F_SETFL, before | O_NONBLOCK) < 0) {
    throw std::system_error(errno, std::system_category(), "fcntl");
  }
  //@ starter
  //| // TODO: step 1. On failure throw std::system_error.
  //| (void)handle;
  //@ wrong stays-blocking
  //| (void)handle;
  //@ end
}

//@ solution
ssize_t call(AsyncOperation& operation, int send_flags) noexcept {
  switch (operation.kind) {
    case OperationKind::accept:
      return ::accept4(operation.handle, nullptr, nullptr, SOCK_CLOEXEC);
    case OperationKind::receive:
      return ::recv(operation.handle, operation.buffer.data(), operation.buffer.size(), 0);
    case OperationKind::send:
      return ::send(operation.handle, operation.output.data(), operation.output.size(), send_flags);
  }
  return -1;
}
//@ starter
//@ end

/// Performs the operation, once, and fills in its result. False if it would block.
[[maybe_unused]] bool perform(AsyncOperation& operation) noexcept {
  //@ solution
  ssize_t returned = 0;
  do {
    returned = call(operation, MSG_NOSIGNAL);
  } while (returned < 0 && errno == EINTR);
  //@ starter
  //| // TODO: step 1. The system call itself: accept4(), recv() or send().
  //| (void)operation;
  //@ wrong dies-of-a-lost-client
  //| const ssize_t returned = call(operation, 0);
  //@ wrong waits-for-ever-at-the-end
  //| const ssize_t returned = call(operation, MSG_NOSIGNAL);
  //| if (returned == 0 && operation.kind == OperationKind::receive) return false;
  //@ end
  //@ solution
  if (returned < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return false;
  if (returned < 0) {
    operation.result.error = errno;
  } else if (operation.kind == OperationKind::accept) {
    operation.result.accepted = static_cast<int>(returned);
  } else {
    operation.result.bytes = static_cast<std::size_t>(returned);
  }
  return true;
  //@ starter
  //| return false;
  //@ end
}

/// The Completion Event Queue: operations with a result whose handler was not called yet.
class CompletionQueue {
 public:
  //@ solution
  /// Makes room for `number` operations in all, so that push() needs no memory.
  void reserve(std::size_t number) {
    if (number <= completed_.capacity()) return;
    completed_.reserve(2 * number);
    delivered_.reserve(2 * number);
  }
  void push(AsyncOperation& operation) noexcept { completed_.push_back(&operation); }
  [[nodiscard]] bool empty() const { return completed_.empty(); }
  //@ starter
  //| // TODO: step 2. What goes in, and can it fail?
  //@ end

  /// Calls the handlers.
  void deliver() {
    //@ solution
    for (int pass = 0; pass < most_passes && !completed_.empty(); ++pass) {
      delivered_.swap(completed_);
      // By index: a handler may associate a handle, and the queue grows and moves.
      for (std::size_t i = 0; i < delivered_.size(); ++i) {
        AsyncOperation& operation = *delivered_[i];
        operation.in_flight = false;
        operation.handler->handle_event(operation);  // the operation may be gone now
      }
      delivered_.clear();
    }
    //@ starter
    //| // TODO: step 2. A handler may submit again, and destroy the operation it was given.
    //@ wrong delivers-for-ever
    //| while (!completed_.empty()) {
    //|   AsyncOperation& operation = *completed_.front();
    //|   completed_.erase(completed_.begin());
    //|   operation.in_flight = false;
    //|   operation.handler->handle_event(operation);
    //| }
    //@ wrong touches-after-the-handler
    //| for (int pass = 0; pass < most_passes && !completed_.empty(); ++pass) {
    //|   delivered_.swap(completed_);
    //|   for (std::size_t i = 0; i < delivered_.size(); ++i) {
    //|     delivered_[i]->handler->handle_event(*delivered_[i]);
    //|     delivered_[i]->in_flight = false;
    //|   }
    //|   delivered_.clear();
    //| }
    //@ end
  }

 private:
  //@ solution
  std::vector<AsyncOperation*> completed_;
  std::vector<AsyncOperation*> delivered_;  // by the present pass of deliver()
  //@ starter
  //@ end
};

/// What the engine knows of one handle: the operations that wait until it is ready.
class HandleState final : public EventHandler {
 public:
  HandleState(Reactor& reactor, CompletionQueue& queue, int handle)
      : reactor_(reactor), queue_(queue), handle_(handle) {
    make_non_blocking(handle);
    reactor_.register_handler(*this, Events::none);
  }
  ~HandleState() { reactor_.remove_handler(*this); }

  [[nodiscard]] int handle() const override { return handle_; }
  void handle_event(Events ready) override;

  void start(AsyncOperation& operation) noexcept;
  void cancel(AsyncOperation& operation) noexcept;

 private:
  //@ solution
  [[nodiscard]] AsyncOperation*& parked(Events direction) noexcept {
    return direction == Events::write ? parked_send_ : parked_receive_;
  }
  void resume(Events direction);
  void set_interest(Events interest);

  //@ starter
  //@ end
  Reactor& reactor_;
  [[maybe_unused]] CompletionQueue& queue_;
  const int handle_;
  //@ solution
  Events interest_ = Events::none;
  AsyncOperation* parked_receive_ = nullptr;  // or accept
  AsyncOperation* parked_send_ = nullptr;
  //@ starter
  //| // TODO: step 3. What waits here, and for what?
  //@ end
};

void HandleState::start(AsyncOperation& operation) noexcept {
  //@ solution
  if (perform(operation)) return queue_.push(operation);
  //@ starter
  //| // TODO: step 3. It cannot be done now, or it can: and then?
  //| (void)operation;
  //@ wrong completes-inside-submit
  //| if (perform(operation)) {
  //|   operation.in_flight = false;
  //|   return operation.handler->handle_event(operation);
  //| }
  //@ end
  //@ solution
  const Events direction = direction_of(operation);
  parked(direction) = &operation;
  set_interest(interest_ | direction);
  //@ starter
  //@ wrong forgets-the-other-direction
  //| const Events direction = direction_of(operation);
  //| parked(direction) = &operation;
  //| set_interest(direction);
  //@ end
}

void HandleState::handle_event(Events ready) {
  //@ solution
  for (const Events direction : {Events::write, Events::read}) {
    if (has(ready, direction)) resume(direction);
  }
  //@ starter
  //| // TODO: step 3. The Reactor says that the handle is ready.
  //| (void)ready;
  //@ end
}

//@ solution
// The interest stays when the operation is done, since the next one will probably need it, and then
// no system call is spent on it. It is given up when the handle is ready and nothing is parked:
// otherwise every turn of the Reactor would report it again.
//@ starter
//@ end
//@ solution
void HandleState::resume(Events direction) {
  AsyncOperation*& operation = parked(direction);
  if (!operation) return set_interest(without(interest_, direction));
  if (perform(*operation)) queue_.push(*std::exchange(operation, nullptr));
}
//@ starter
//@ wrong interest-stays
//| void HandleState::resume(Events direction) {
//|   AsyncOperation*& operation = parked(direction);
//|   if (!operation) return;
//|   if (perform(*operation)) queue_.push(*std::exchange(operation, nullptr));
//| }
//@ wrong would-block-is-an-error
//| void HandleState::resume(Events direction) {
//|   AsyncOperation*& operation = parked(direction);
//|   if (!operation) return set_interest(without(interest_, direction));
//|   if (!perform(*operation)) operation->result.error = errno;
//|   queue_.push(*std::exchange(operation, nullptr));
//| }
//@ end

void HandleState::cancel(AsyncOperation& operation) noexcept {
  //@ solution
  AsyncOperation*& waiting = parked(direction_of(operation));
  if (waiting != &operation) return;  // it is complete already, and keeps its result
  waiting = nullptr;
  operation.result.error = ECANCELED;
  queue_.push(operation);
  //@ starter
  //| // TODO: step 4. Does it wait, or is it complete?
  //| (void)operation;
  //@ wrong cancel-forgets
  //| AsyncOperation*& waiting = parked(direction_of(operation));
  //| if (waiting == &operation) waiting = nullptr;
  //@ wrong cancel-drops-bytes
  //| AsyncOperation*& waiting = parked(direction_of(operation));
  //| operation.result = {};
  //| operation.result.error = ECANCELED;
  //| if (waiting == &operation) queue_.push(*std::exchange(waiting, nullptr));
  //@ wrong completes-twice
  //| AsyncOperation*& waiting = parked(direction_of(operation));
  //| if (waiting == &operation) waiting = nullptr;
  //| if (operation.result.error == ECANCELED) return;
  //| operation.result.error = ECANCELED;
  //| queue_.push(operation);
  //@ wrong cancel-leaves-it-parked
  //| if (parked(direction_of(operation)) != &operation) return;
  //| if (operation.result.error == ECANCELED) return;
  //| operation.result.error = ECANCELED;
  //| queue_.push(operation);
  //@ wrong cancels-by-number
  //| AsyncOperation*& waiting = parked(direction_of(operation));
  //| if (!waiting) return;
  //| waiting->result.error = ECANCELED;
  //| queue_.push(*std::exchange(waiting, nullptr));
  //@ end
}

//@ solution
void HandleState::set_interest(Events interest) {
  reactor_.change_interest(*this, interest);
  interest_ = interest;
}

//@ starter
//@ end
class EmulatedProactor final : public Proactor {
 public:
  explicit EmulatedProactor(std::unique_ptr<Reactor> reactor) : reactor_(std::move(reactor)) {}

  void associate(int handle) override;
  void dissociate(int handle) noexcept override;
  void submit(AsyncOperation& operation) noexcept override;
  void cancel(AsyncOperation& operation) noexcept override;
  void handle_events(std::chrono::milliseconds timeout) override;
  void wake_up() noexcept override;

 private:
  std::unique_ptr<Reactor> reactor_;
  CompletionQueue queue_;
  std::unordered_map<int, HandleState> states_;  // by handle; destroyed before the Reactor
};

void EmulatedProactor::associate(int handle) {
  //@ solution
  queue_.reserve(most_in_flight * (states_.size() + 1));
  states_.try_emplace(handle, *reactor_, queue_, handle);
  //@ starter
  //| // TODO: step 1.
  //| (void)handle;
  //@ end
}

void EmulatedProactor::dissociate(int handle) noexcept {
  //@ solution
  states_.erase(handle);
  //@ starter
  //| // TODO: step 1.
  //| (void)handle;
  //@ wrong state-by-number
  //| reactor_->remove_handler(states_.at(handle));
  //@ end
}

void EmulatedProactor::submit(AsyncOperation& operation) noexcept {
  //@ solution
  assert(!operation.in_flight);
  operation.in_flight = true;
  operation.result = {};
  states_.at(operation.handle).start(operation);
  //@ starter
  //| // TODO: step 3. What must be true of the operation before?
  //| const auto state = states_.find(operation.handle);
  //| if (state != states_.end()) state->second.start(operation);
  //@ wrong touches-after-the-handler
  //| operation.in_flight = true;
  //| operation.result = {};
  //| states_.at(operation.handle).start(operation);
  //@ end
}

void EmulatedProactor::cancel(AsyncOperation& operation) noexcept {
  //@ solution
  if (operation.in_flight) states_.at(operation.handle).cancel(operation);
  //@ starter
  //| // TODO: step 4. Always?
  //| const auto state = states_.find(operation.handle);
  //| if (state != states_.end()) state->second.cancel(operation);
  //@ wrong cancels-by-number
  //| states_.at(operation.handle).cancel(operation);
  //@ end
}

void EmulatedProactor::handle_events(std::chrono::milliseconds timeout) {
  //@ solution
  reactor_->handle_events(queue_.empty() ? timeout : std::chrono::milliseconds(0));
  queue_.deliver();
  //@ starter
  //| // TODO: step 5. Who waits, and for how long?
  //| (void)timeout;
  //@ wrong waits-though-complete
  //| reactor_->handle_events(timeout);
  //| queue_.deliver();
  //@ end
}

void EmulatedProactor::wake_up() noexcept {
  //@ solution
  reactor_->wake_up();
  //@ starter
  //| // TODO: step 5.
  //@ end
}

}  // namespace

std::unique_ptr<Proactor> make_proactor(std::unique_ptr<Reactor> reactor) {
  return std::make_unique<EmulatedProactor>(std::move(reactor));
}

}  // namespace lab
