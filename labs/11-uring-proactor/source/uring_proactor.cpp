#include <fcntl.h>
#include <liburing.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <system_error>
#include <vector>

#include "proactor.hpp"

namespace lab {
namespace {

// What user_data is where it is no operation's address.
[[maybe_unused]] constexpr std::uint64_t nobody = 0;
[[maybe_unused]] constexpr std::uint64_t wake_up_call = 1;

[[maybe_unused]] std::uint64_t address_of(const AsyncOperation& operation) noexcept {
  return reinterpret_cast<std::uintptr_t>(&operation);
}

/// The two queues. Both are memory; only submit_and_wait(), and a submission queue that is full,
/// cost a system call.
class Ring {
 public:
  explicit Ring(unsigned entries);
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;
  ~Ring();

  /// Puts an entry that says all of an operation into the submission queue.
  void add(const io_uring_sqe& entry) noexcept;

  /// Submits, and waits for a completion; a negative timeout waits without limit.
  void submit_and_wait(std::chrono::milliseconds timeout);

  /// Calls handle(user_data, res) for each completion that is there now.
  template <typename Handle>
  void for_each_completion(Handle handle);

 private:
  //@ solution
  [[nodiscard]] bool put(const io_uring_sqe& entry) noexcept;

  //@ starter
  //@ end
  io_uring ring_{};
  //@ solution
  std::vector<io_uring_sqe> late_;  // the kernel would take no more: before the next wait
  //@ starter
  //| // TODO: step 4. What the queue has no room for.
  //@ end
};

//@ solution
Ring::Ring(unsigned entries) {
  // From the newest kernel to the oldest. With the first the kernel does its part of a completion
  // when this thread asks for it, and interrupts nobody.
  for (const unsigned flags : {IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN, 0U}) {
    const int made = io_uring_queue_init(entries, &ring_, flags);
    if (made == 0) {
      io_uring_register_ring_fd(&ring_);  // saves the kernel a look-up; may fail
      return;
    }
    const bool too_old = made == -EINVAL && flags != 0;
    if (!too_old) throw std::system_error(-made, std::system_category(), "io_uring_queue_init");
  }
}

Ring::~Ring() {
  io_uring_queue_exit(&ring_);
}
//@ starter
//| Ring::Ring(unsigned entries) {
//|   // TODO: step 1. Which flags? What if this kernel does not know them, or refuses?
//|   (void)entries;
//| }
//|
//| Ring::~Ring() {
//|   // TODO: step 1.
//| }
//@ wrong newest-kernel-only
//| Ring::Ring(unsigned entries) {
//|   const unsigned flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
//|   const int made = io_uring_queue_init(entries, &ring_, flags);
//|   if (made < 0) throw std::system_error(-made, std::system_category(), "io_uring_queue_init");
//| }
//|
//| Ring::~Ring() {
//|   io_uring_queue_exit(&ring_);
//| }
//@ end

//@ solution
bool Ring::put(const io_uring_sqe& entry) noexcept {
  io_uring_sqe* place = io_uring_get_sqe(&ring_);
  if (!place) {
    io_uring_submit(&ring_);  // the kernel may refuse: then there is no room either
    place = io_uring_get_sqe(&ring_);
  }
  if (place) *place = entry;
  return place != nullptr;
}

//@ starter
//@ wrong spins-on-a-full-queue
//| bool Ring::put(const io_uring_sqe& entry) noexcept {
//|   io_uring_sqe* place = io_uring_get_sqe(&ring_);
//|   while (!place) {
//|     io_uring_submit(&ring_);
//|     place = io_uring_get_sqe(&ring_);
//|   }
//|   *place = entry;
//|   return true;
//| }
//|
//@ wrong links-entries
//| bool Ring::put(const io_uring_sqe& entry) noexcept {
//|   io_uring_sqe* place = io_uring_get_sqe(&ring_);
//|   if (!place) {
//|     io_uring_submit(&ring_);
//|     place = io_uring_get_sqe(&ring_);
//|   }
//|   if (!place) return false;
//|   *place = entry;
//|   place->flags |= IOSQE_IO_LINK;
//|   return true;
//| }
//|
//@ end
void Ring::add(const io_uring_sqe& entry) noexcept {
  //@ solution
  // In order: a cancel must not overtake what it cancels.
  if (!late_.empty() || !put(entry)) late_.push_back(entry);
  //@ starter
  //| // TODO: step 2, and step 4: what if io_uring_get_sqe() says nullptr?
  //| (void)entry;
  //@ wrong submits-each-operation
  //| if (!late_.empty() || !put(entry)) return late_.push_back(entry);
  //| io_uring_submit(&ring_);
  //@ wrong null-entry
  //| *io_uring_get_sqe(&ring_) = entry;
  //@ wrong cancel-overtakes
  //| if (!put(entry)) late_.push_back(entry);
  //@ end
}

void Ring::submit_and_wait(std::chrono::milliseconds timeout) {
  //@ solution
  std::size_t put_in = 0;
  while (put_in < late_.size() && put(late_[put_in])) ++put_in;
  late_.erase(late_.begin(), late_.begin() + static_cast<std::ptrdiff_t>(put_in));
  //@ starter
  //@ end
  //@ solution
  int result = 0;
  if (timeout.count() < 0) {
    result = io_uring_submit_and_wait(&ring_, 1);
  } else {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(timeout);
    __kernel_timespec limit{seconds.count(), std::chrono::nanoseconds(timeout - seconds).count()};
    io_uring_cqe* first = nullptr;
    result = io_uring_submit_and_wait_timeout(&ring_, &first, 1, &limit, nullptr);
  }
  //@ starter
  //| // TODO: step 2. One system call for both. What may its result be besides a number of entries?
  //| (void)timeout;
  //@ wrong waits-without-asking
  //| int result = io_uring_submit(&ring_);
  //| io_uring_cqe* first = nullptr;
  //| const timespec moment{0, 1'000'000};
  //| if (io_uring_peek_cqe(&ring_, &first) < 0 && timeout.count() != 0) ::nanosleep(&moment, nullptr);
  //@ end
  //@ solution
  // The time is over, a signal came, or the kernel has no memory or no room for completions now:
  // what was not submitted is in the queue, and the next turn tries again.
  for (const int harmless : {ETIME, EINTR, EAGAIN, EBUSY}) {
    if (result == -harmless) return;
  }
  if (result < 0) throw std::system_error(-result, std::system_category(), "io_uring_enter");
  //@ starter
  //@ wrong timeout-is-fatal
  //| for (const int harmless : {EINTR, EAGAIN, EBUSY}) {
  //|   if (result == -harmless) return;
  //| }
  //| if (result < 0) throw std::system_error(-result, std::system_category(), "io_uring_enter");
  //@ wrong signal-is-fatal
  //| for (const int harmless : {ETIME, EAGAIN, EBUSY}) {
  //|   if (result == -harmless) return;
  //| }
  //| if (result < 0) throw std::system_error(-result, std::system_category(), "io_uring_enter");
  //@ wrong busy-is-fatal
  //| for (const int harmless : {ETIME, EINTR}) {
  //|   if (result == -harmless) return;
  //| }
  //| if (result < 0) throw std::system_error(-result, std::system_category(), "io_uring_enter");
  //@ end
}

template <typename Handle>
void Ring::for_each_completion(Handle handle) {
  //@ solution
  // Those that come while handlers run are the next turn's: the others must have theirs as well.
  for (unsigned left = io_uring_cq_ready(&ring_); left > 0; --left) {
    io_uring_cqe* entry = nullptr;
    if (io_uring_peek_cqe(&ring_, &entry) < 0) return;
    const io_uring_cqe seen{entry->user_data, entry->res, entry->flags};
    io_uring_cqe_seen(&ring_, entry);  // from here on the kernel may overwrite it
    handle(seen.user_data, seen.res);
  }
  //@ starter
  //| // TODO: step 2. When may the kernel use the place of a completion again?
  //| (void)handle;
  //@ wrong never-marks-seen
  //| unsigned head = 0;
  //| io_uring_cqe* entry = nullptr;
  //| io_uring_for_each_cqe(&ring_, head, entry) handle(entry->user_data, entry->res);
  //@ end
}

/// An eventfd: the one thing of the engine that others than its thread may touch.
class WakeUp {
 public:
  //@ solution
  WakeUp() : counter_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (counter_ < 0) throw std::system_error(errno, std::system_category(), "eventfd");
  }
  WakeUp(const WakeUp&) = delete;
  WakeUp& operator=(const WakeUp&) = delete;
  ~WakeUp() { ::close(counter_); }

  [[nodiscard]] int handle() const noexcept { return counter_; }
  void notify() noexcept {
    const std::uint64_t one = 1;
    // It fails only if the counter is full, and then it is awake already.
    [[maybe_unused]] const ssize_t written = ::write(counter_, &one, sizeof one);
  }
  void clear() noexcept {
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t read = ::read(counter_, &count, sizeof count);
  }

 private:
  const int counter_;
  //@ starter
  //| // TODO: step 6.
  //@ wrong wake-up-not-cleared
  //| WakeUp() : counter_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}
  //| ~WakeUp() { ::close(counter_); }
  //|
  //| [[nodiscard]] int handle() const noexcept { return counter_; }
  //| void notify() noexcept {
  //|   const std::uint64_t one = 1;
  //|   [[maybe_unused]] const ssize_t written = ::write(counter_, &one, sizeof one);
  //| }
  //| void clear() noexcept {}
  //|
  //| private:
  //| const int counter_;
  //@ end
};

class UringProactor final : public Proactor {
 public:
  explicit UringProactor(unsigned entries);

  void associate(int handle) override;
  void dissociate(int handle) noexcept override;
  void submit(AsyncOperation& operation) noexcept override;
  void cancel(AsyncOperation& operation) noexcept override;
  void handle_events(std::chrono::milliseconds timeout) override;
  void wake_up() noexcept override;

 private:
  //@ solution
  void watch_wake_up() noexcept;
  //@ starter
  //@ end
  void completed(std::uint64_t user_data, int result);

  WakeUp wake_up_;  // destroyed after the ring, which watches it
  Ring ring_;
  //@ solution
  //@ wrong user-data-moves
  //| std::vector<AsyncOperation*> running_;
  //@ wrong cancel-frees-at-once
  //| std::vector<AsyncOperation*> cancelled_;
  //@ end
};

UringProactor::UringProactor(unsigned entries) : ring_(entries) {
  //@ solution
  watch_wake_up();
  //@ starter
  //@ end
}

void UringProactor::associate(int handle) {
  //@ solution
  // Of a non-blocking socket the kernel would say EAGAIN at once, instead of waiting for bytes.
  const int modes = ::fcntl(handle, F_GETFL);
  if (modes < 0 || ::fcntl(handle, F_SETFL, modes & ~O_NONBLOCK) < 0) {
    throw std::system_error(errno, std::system_category(), "fcntl");
  }
  //@ starter
  //| // TODO: step 2. Blocking, or non-blocking?
  //| (void)handle;
  //@ wrong stays-non-blocking
  //| const int modes = ::fcntl(handle, F_GETFL);
  //| if (modes < 0 || ::fcntl(handle, F_SETFL, modes | O_NONBLOCK) < 0) {
  //|   throw std::system_error(errno, std::system_category(), "fcntl");
  //| }
  //@ end
}

void UringProactor::dissociate(int handle) noexcept {
  //@ solution
  (void)handle;  // the kernel knows handles, this engine none
  //@ starter
  //| // TODO: step 2. What is left of a handle?
  //| (void)handle;
  //@ end
}

/// The entry that says what the operation asks for.
io_uring_sqe entry_for(AsyncOperation& operation) noexcept {
  io_uring_sqe entry{};
  //@ solution
  switch (operation.kind) {
    case OperationKind::accept:
      io_uring_prep_accept(&entry, operation.handle, nullptr, nullptr, SOCK_CLOEXEC);
      break;
    case OperationKind::receive: {
      const auto room = operation.buffer;
      io_uring_prep_recv(&entry, operation.handle, room.data(), room.size(), 0);
      break;
    }
    case OperationKind::send: {
      const auto bytes = operation.output;
      io_uring_prep_send(&entry, operation.handle, bytes.data(), bytes.size(), 0);
      break;
    }
  }
  entry.user_data = address_of(operation);
  //@ starter
  //| // TODO: step 2. io_uring_prep_recv(), and its sisters. Who is told when it is complete?
  //| (void)operation;
  //@ end
  return entry;
}

void UringProactor::submit(AsyncOperation& operation) noexcept {
  //@ solution
  assert(!operation.in_flight);
  operation.in_flight = true;
  operation.result = {};
  //@ starter
  //| // TODO: step 2. What must be true of the operation from here on?
  //@ end
  //@ solution
  ring_.add(entry_for(operation));
  //@ wrong user-data-moves
  //| running_.push_back(&operation);
  //| io_uring_sqe entry = entry_for(operation);
  //| entry.user_data = reinterpret_cast<std::uintptr_t>(&running_.back());
  //| ring_.add(entry);
  //@ end
}

void UringProactor::cancel(AsyncOperation& operation) noexcept {
  //@ solution
  if (!operation.in_flight) return;
  io_uring_sqe entry{};
  io_uring_prep_cancel64(&entry, address_of(operation), 0);
  entry.user_data = nobody;
  ring_.add(entry);
  //@ starter
  //| // TODO: step 5. It is an operation as well, with a completion of its own.
  //| (void)operation;
  //@ wrong cancel-without-user-data
  //| if (!operation.in_flight) return;
  //| io_uring_sqe entry = entry_for(operation);
  //| io_uring_prep_cancel64(&entry, address_of(operation), 0);
  //| ring_.add(entry);
  //@ wrong cancels-the-descriptor
  //| if (!operation.in_flight) return;
  //| io_uring_sqe entry{};
  //| io_uring_prep_cancel_fd(&entry, operation.handle, IORING_ASYNC_CANCEL_ALL);
  //| entry.user_data = nobody;
  //| ring_.add(entry);
  //@ wrong cancel-frees-at-once
  //| if (!operation.in_flight) return;
  //| io_uring_sqe entry{};
  //| io_uring_prep_cancel64(&entry, address_of(operation), 0);
  //| entry.user_data = nobody;
  //| ring_.add(entry);
  //| cancelled_.push_back(&operation);
  //@ wrong cancel-drops-bytes
  //| if (!operation.in_flight) return;
  //| io_uring_sqe entry{};
  //| io_uring_prep_cancel64(&entry, address_of(operation), 0);
  //| entry.user_data = nobody;
  //| ring_.add(entry);
  //| operation.result.error = ECANCELED;
  //@ wrong cancel-clears-the-buffer
  //| if (!operation.in_flight) return;
  //| io_uring_sqe entry{};
  //| io_uring_prep_cancel64(&entry, address_of(operation), 0);
  //| entry.user_data = nobody;
  //| ring_.add(entry);
  //| for (std::byte& byte : operation.buffer) byte = std::byte{0};
  //@ wrong cancels-by-close
  //| if (operation.in_flight) ::close(operation.handle);
  //@ end
}

void UringProactor::handle_events(std::chrono::milliseconds timeout) {
  //@ solution
  //@ wrong cancel-frees-at-once
  //| const std::vector<AsyncOperation*> cancelled = cancelled_;
  //| cancelled_.clear();
  //| for (AsyncOperation* const operation : cancelled) {
  //|   operation->result.error = ECANCELED;
  //|   operation->in_flight = false;
  //|   operation->handler->handle_event(*operation);
  //| }
  //@ end
  ring_.submit_and_wait(timeout);
  ring_.for_each_completion(
      [this](std::uint64_t user_data, int result) { completed(user_data, result); });
}

void UringProactor::completed(std::uint64_t user_data, int result) {
  //@ solution
  if (user_data == nobody) return;
  //@ starter
  //| // TODO: steps 2, 5 and 6. Whose completion is it, and what does a negative result say?
  //| (void)user_data;
  //| (void)result;
  //@ wrong cancel-must-succeed
  //| if (user_data == nobody && result < 0) {
  //|   throw std::system_error(-result, std::system_category(), "cancel");
  //| }
  //| if (user_data == nobody) return;
  //@ end
  //@ solution
  if (user_data == wake_up_call) {
    wake_up_.clear();
    return watch_wake_up();
  }
  //@ starter
  //@ wrong wakes-up-once
  //| if (user_data == wake_up_call) return wake_up_.clear();
  //@ end
  //@ solution
  auto& operation = *reinterpret_cast<AsyncOperation*>(user_data);
  //@ starter
  //@ wrong user-data-moves
  //| AsyncOperation& operation = **reinterpret_cast<AsyncOperation**>(user_data);
  //@ end
  //@ solution
  if (result < 0) {
    // A thread of the kernel that performs an operation is interrupted by a cancel.
    operation.result.error = result == -EINTR ? ECANCELED : -result;
  } else if (operation.kind == OperationKind::accept) {
    operation.result.accepted = result;
  } else {
    operation.result.bytes = static_cast<std::size_t>(result);
  }
  //@ starter
  //@ wrong results-by-errno
  //| if (result == -1) {
  //|   operation.result.error = errno;
  //| } else if (operation.kind == OperationKind::accept) {
  //|   operation.result.accepted = result;
  //| } else {
  //|   operation.result.bytes = static_cast<std::size_t>(result);
  //| }
  //@ wrong interrupted-is-an-error
  //| if (result < 0) {
  //|   operation.result.error = -result;
  //| } else if (operation.kind == OperationKind::accept) {
  //|   operation.result.accepted = result;
  //| } else {
  //|   operation.result.bytes = static_cast<std::size_t>(result);
  //| }
  //@ wrong cancel-drops-bytes
  //| if (operation.result.error == 0) {
  //|   if (result < 0) {
  //|     operation.result.error = -result;
  //|   } else if (operation.kind == OperationKind::accept) {
  //|     operation.result.accepted = result;
  //|   } else {
  //|     operation.result.bytes = static_cast<std::size_t>(result);
  //|   }
  //| }
  //@ end
  //@ solution
  operation.in_flight = false;
  operation.handler->handle_event(operation);  // the operation may be gone now
  //@ starter
  //@ end
}

//@ solution
// A poll, not a read: it lends the kernel no memory that would have to come back before the end.
void UringProactor::watch_wake_up() noexcept {
  io_uring_sqe entry{};
  io_uring_prep_poll_add(&entry, wake_up_.handle(), POLLIN);
  entry.user_data = wake_up_call;
  ring_.add(entry);
}

//@ starter
//@ wrong reads-into-a-local
//| void UringProactor::watch_wake_up() noexcept {
//|   std::uint64_t count = 0;
//|   io_uring_sqe entry{};
//|   io_uring_prep_read(&entry, wake_up_.handle(), &count, sizeof count, 0);
//|   entry.user_data = wake_up_call;
//|   ring_.add(entry);
//| }
//|
//@ end
void UringProactor::wake_up() noexcept {
  //@ solution
  wake_up_.notify();
  //@ starter
  //| // TODO: step 6. It may come from a signal handler, in the middle of anything.
  //@ wrong wakes-by-the-ring
  //| io_uring_sqe entry{};
  //| io_uring_prep_nop(&entry);
  //| ring_.add(entry);
  //| ring_.submit_and_wait(std::chrono::milliseconds(0));
  //@ end
}

}  // namespace

std::unique_ptr<Proactor> make_uring_proactor(unsigned entries) {
  return std::make_unique<UringProactor>(entries);
}

}  // namespace lab
