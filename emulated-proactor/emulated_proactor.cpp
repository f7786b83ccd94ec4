#include "emulated-proactor/emulated_proactor.hpp"

#include <cerrno>
#include <utility>

#include "shared/net/accept.hpp"
#include "shared/net/sockets.hpp"

namespace iolab::emulated {
namespace {

constexpr std::size_t most_in_flight = 2;  // on one handle: one in each direction

// A pass delivers all that is complete. A handler may start a new operation that is complete at
// once, again and again: after this many passes the other handles have their turn.
constexpr int most_passes = 16;

Events direction_of(const AsyncOperation& operation) noexcept {
  return operation.kind == OperationKind::send ? Events::write : Events::read;
}

// The system call itself, and what came of it.
IoStatus attempt(AsyncOperation& operation) noexcept {
  if (operation.kind == OperationKind::accept) {
    AcceptResult accepted = accept_connection(operation.handle);
    operation.result.accepted = std::move(accepted.handle);
    if (accepted.status == AcceptStatus::would_block) return IoStatus::would_block;
    return accepted.status == AcceptStatus::accepted ? IoStatus::done : IoStatus::failed;
  }
  const bool sends = operation.kind == OperationKind::send;
  const IoResult io = sends ? send(operation.handle, operation.output)
                            : receive(operation.handle, operation.buffer);
  operation.result.bytes = io.bytes;
  return io.status;
}

}  // namespace

/// What the engine knows of one handle: what is parked on it, and whether trying may succeed.
class EmulatedProactor::HandleState final : public EventHandler {
 public:
  HandleState(EmulatedProactor& proactor, Handle handle) : handle_(handle), proactor_(proactor) {
    set_nonblocking(handle, true);
    reactor().register_handler(*this, Events::read);
  }
  ~HandleState() { reactor().remove_handler(*this); }

  [[nodiscard]] Handle get_handle() const override { return handle_; }
  void handle_event(Events ready) override;

  void start(AsyncOperation& operation) noexcept;
  void cancel(AsyncOperation& operation) noexcept;

 private:
  [[nodiscard]] Reactor& reactor() noexcept { return proactor_.reactor_; }
  [[nodiscard]] AsyncOperation*& parked(Events direction) noexcept {
    return direction == Events::write ? parked_send_ : parked_receive_;
  }
  void resume(Events direction) noexcept;
  [[nodiscard]] bool perform(AsyncOperation& operation) noexcept;

  Events may_be_ready_ = Events::read_write;  // cached readiness: what is not known counts as ready
  const Handle handle_;
  EmulatedProactor& proactor_;
  AsyncOperation* parked_receive_ = nullptr;  // or accept
  AsyncOperation* parked_send_ = nullptr;
};

void EmulatedProactor::HandleState::start(AsyncOperation& operation) noexcept {
  const Events direction = direction_of(operation);
  if (has(may_be_ready_, direction) && perform(operation)) return proactor_.finished(operation);
  parked(direction) = &operation;
  reactor().change_interest(*this, interest() | direction);
}

void EmulatedProactor::HandleState::handle_event(Events ready) {
  may_be_ready_ = may_be_ready_ | ready;
  for (const Events direction : {Events::write, Events::read}) {
    if (has(ready, direction)) resume(direction);
  }
  // Deliver now and not after all handles, because what was just read is still in the cache.
  // Nothing may follow: a completion handler may destroy this object.
  proactor_.deliver();
}

// The interest stays when the operation is done, because the next operation will probably need it,
// and then no system call is spent on it. It is given up when the handle becomes ready and no
// operation is parked: otherwise every turn of the Reactor would report it again.
void EmulatedProactor::HandleState::resume(Events direction) noexcept {
  AsyncOperation*& operation = parked(direction);
  if (!operation) return reactor().change_interest(*this, without(interest(), direction));
  if (perform(*operation)) proactor_.finished(*std::exchange(operation, nullptr));
}

void EmulatedProactor::HandleState::cancel(AsyncOperation& operation) noexcept {
  AsyncOperation*& waiting = parked(direction_of(operation));
  if (waiting != &operation) return;  // it is complete already
  waiting = nullptr;
  operation.result.error = ECANCELED;
  proactor_.finished(operation);
}

// Makes the system call. False if it would block.
bool EmulatedProactor::HandleState::perform(AsyncOperation& operation) noexcept {
  const IoStatus status = attempt(operation);
  if (status == IoStatus::failed) operation.result.error = last_socket_error();
  // Cached readiness, in steps: a receive that returned fewer bytes than the buffer holds has
  // emptied the socket; the next attempt would only return "would block"; so the handle counts as
  // not ready until the Reactor reports it. A send that was short has filled the socket: the same.
  const std::size_t size =
      operation.kind == OperationKind::send ? operation.output.size() : operation.buffer.size();
  const bool was_short = status == IoStatus::done && operation.result.bytes < size;
  if (status == IoStatus::would_block || was_short) {
    may_be_ready_ = without(may_be_ready_, direction_of(operation));
  }
  return status != IoStatus::would_block;
}

EmulatedProactor::EmulatedProactor(std::unique_ptr<Demultiplexer> demultiplexer)
    : reactor_(std::move(demultiplexer)) {}

EmulatedProactor::~EmulatedProactor() = default;

void EmulatedProactor::associate(Handle handle) {
  const auto index = static_cast<std::size_t>(handle);
  if (states_.size() <= index) {
    const std::size_t room = 2 * (index + 1);
    completed_.reserve(most_in_flight * room);
    delivered_.reserve(most_in_flight * room);
    states_.resize(room);
  }
  states_[index] = std::make_unique<HandleState>(*this, handle);
}

void EmulatedProactor::dissociate(Handle handle) noexcept {
  states_[static_cast<std::size_t>(handle)].reset();
}

void EmulatedProactor::start(AsyncOperation& operation) noexcept {
  operation.result = {};
  state_of(operation).start(operation);
}

void EmulatedProactor::cancel(AsyncOperation& operation) noexcept {
  if (operation.in_flight) state_of(operation).cancel(operation);
}

void EmulatedProactor::handle_events(std::chrono::nanoseconds timeout) {
  reactor_.handle_events(completed_.empty() ? timeout : std::chrono::nanoseconds(0));
  deliver();
}

void EmulatedProactor::deliver() {
  for (int pass = 0; pass < most_passes && !completed_.empty(); ++pass) {
    delivered_.swap(completed_);
    // By index: a handler that associates a handle may have the queue grow and move.
    for (std::size_t i = 0; i < delivered_.size(); ++i) complete(*delivered_[i]);
    delivered_.clear();
  }
}

}  // namespace iolab::emulated
