#include "proactor/uring_proactor.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

#include "shared/net/sockets.hpp"

namespace iolab::proactor {
namespace {

// What a completion says, beside the address of an operation.
constexpr std::uint64_t of_cancel = 0;
constexpr std::uint64_t of_wake_up = 1;

// AsyncOperation::engine_note: the last receive left the socket empty.
constexpr std::uint16_t emptied = 1;

std::uint64_t identity(const AsyncOperation& operation) {
  return reinterpret_cast<std::uintptr_t>(&operation);
}

// When a kernel thread performs the operation, a cancel interrupts that thread: EINTR.
int error_of(int result) {
  if (result >= 0) return 0;
  return result == -EINTR ? ECANCELED : -result;
}

}  // namespace

UringProactor::UringProactor(std::optional<UringSetup> setup, unsigned entries)
    : ring_(setup, entries) {
  watch_wake_up();
}

// On a non-blocking socket the kernel would complete with EAGAIN and not wait for bytes.
void UringProactor::associate(Handle handle) {
  set_nonblocking(handle, false);
}

void UringProactor::start(AsyncOperation& operation) noexcept {
  io_uring_sqe& entry = ring_.next_submission();
  switch (operation.kind) {
    case OperationKind::accept:
      io_uring_prep_accept(&entry, operation.handle, nullptr, nullptr, SOCK_CLOEXEC);
      break;
    case OperationKind::receive:
      io_uring_prep_recv(&entry, operation.handle, operation.buffer.data(), operation.buffer.size(),
                         0);
      // The last receive emptied the socket, so a first attempt would find nothing: let the kernel
      // wait first. Known since 5.19, as are the newer set-ups.
      if (operation.engine_note == emptied && ring_.setup() != UringSetup::none) {
        entry.ioprio = IORING_RECVSEND_POLL_FIRST;
      }
      break;
    case OperationKind::send:
      vectored_sends_.prepare(entry, operation.handle, operation.output);
      break;
  }
  entry.user_data = identity(operation);
}

// Entries are processed in order, so the kernel knows the operation by now.
void UringProactor::cancel(AsyncOperation& operation) noexcept {
  if (!operation.in_flight) return;
  io_uring_sqe& entry = ring_.next_submission();
  io_uring_prep_cancel64(&entry, identity(operation), 0);
  entry.user_data = of_cancel;
}

void UringProactor::handle_events(std::chrono::nanoseconds timeout) {
  ring_.submit_and_wait(timeout);
  if (ring_.all_submitted()) vectored_sends_.clear();
  ring_.reap([this](const io_uring_cqe& completion) { finish(completion); });
}

void UringProactor::finish(const io_uring_cqe& completion) {
  if (completion.user_data == of_cancel) return;
  if (completion.user_data == of_wake_up) return watch_wake_up();
  auto& operation = *reinterpret_cast<AsyncOperation*>(completion.user_data);
  operation.result.error = error_of(completion.res);
  operation.result.bytes = 0;
  if (completion.res >= 0 && operation.kind == OperationKind::accept) {
    operation.result.accepted.reset(completion.res);
  } else if (completion.res >= 0) {
    operation.result.bytes = static_cast<std::size_t>(completion.res);
    operation.engine_note = (completion.flags & IORING_CQE_F_SOCK_NONEMPTY) != 0 ? 0 : emptied;
  }
  complete(operation);
}

// A poll rather than a receive: it lends the kernel no memory that the destructor would have to get
// back.
void UringProactor::watch_wake_up() noexcept {
  wake_up_.clear();
  io_uring_sqe& entry = ring_.next_submission();
  io_uring_prep_poll_add(&entry, wake_up_.handle(), POLLIN);
  entry.user_data = of_wake_up;
}

}  // namespace iolab::proactor
