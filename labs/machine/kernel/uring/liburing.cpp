// In place of liburing, whose system calls are instructions that --wrap does not reach. Its inline
// functions, such as io_uring_prep_recv() and io_uring_cqe_seen(), are the real ones: they work on
// the memory of the ring. What is not here is not simulated, and the linker says so.
#include <liburing.h>

#include <cerrno>
#include <chrono>
#include <cstring>

#include "machine/kernel/system_calls.hpp"

// Since 2025 the library promises C++ that it never throws. A test that is ended in here then ends
// with std::terminate(), and its story is told all the same.
#ifndef LIBURING_NOEXCEPT
#define LIBURING_NOEXCEPT
#endif

using lab::SystemCalls;
using lab::UringEnter;

// NOLINTBEGIN(bugprone-reserved-identifier, readability-identifier-naming)
namespace {

std::chrono::nanoseconds length_of(const __kernel_timespec* time) {
  if (!time) return std::chrono::nanoseconds(-1);
  return std::chrono::seconds(time->tv_sec) + std::chrono::nanoseconds(time->tv_nsec);
}

// Shows all entries that were filled in to the kernel.
unsigned flushed(io_uring* ring) {
  *ring->sq.ktail = ring->sq.sqe_head = ring->sq.sqe_tail;
  return io_uring_sq_ready(ring);
}

io_uring_cqe* oldest_completion(io_uring* ring) {
  if (io_uring_cq_ready(ring) == 0) return nullptr;
  return &ring->cq.cqes[*ring->cq.khead & ring->cq.ring_mask];
}

int enter(const char* call, io_uring* ring, UringEnter wish) {
  SystemCalls* const calls = SystemCalls::in_charge();
  if (!calls) return -EBADF;
  wish.completions = wish.completions || wish.wait_for > 0 || io_uring_cq_has_overflow(ring);
  wish.unsubmitted = io_uring_sq_ready(ring) - wish.submit;
  return calls->enter_uring(call, ring->ring_fd, wish);
}

int submit(const char* call, io_uring* ring, UringEnter wish) {
  wish.submit = flushed(ring);
  const bool needed =
      wish.submit > 0 || wish.completions || wish.wait_for > 0 || io_uring_cq_has_overflow(ring);
  return needed ? enter(call, ring, wish) : 0;
}

// Enters only if the completions are not there already. Returns what was submitted.
int get(const char* call, io_uring* ring, io_uring_cqe** first, UringEnter wish) {
  int result = 0;
  if (SystemCalls* const calls = SystemCalls::in_charge()) calls->let_uring_complete(ring->ring_fd);
  const bool are_there =
      io_uring_cq_ready(ring) >= wish.wait_for && !io_uring_cq_has_overflow(ring);
  if (wish.submit > 0 || !are_there) result = enter(call, ring, wish);
  *first = oldest_completion(ring);
  if (result == -ETIME && *first) return 0;
  return result == 0 && !*first ? -EAGAIN : result;
}

}  // namespace

extern "C" {

int io_uring_queue_init_params(unsigned entries, io_uring* ring,
                               io_uring_params* wish) LIBURING_NOEXCEPT {
  std::memset(ring, 0, sizeof *ring);
  SystemCalls* const calls = SystemCalls::in_charge();
  return calls ? calls->make_uring(entries, *ring, *wish) : -ENOSYS;
}
int io_uring_queue_init(unsigned entries, io_uring* ring, unsigned flags) LIBURING_NOEXCEPT {
  io_uring_params wish{};
  wish.flags = flags;
  return io_uring_queue_init_params(entries, ring, &wish);
}
void io_uring_queue_exit(io_uring* ring) LIBURING_NOEXCEPT {
  if (SystemCalls* const calls = SystemCalls::in_charge()) calls->close_uring(ring->ring_fd);
}

int io_uring_submit(io_uring* ring) LIBURING_NOEXCEPT {
  return submit("io_uring_submit", ring, {});
}
int io_uring_submit_and_wait(io_uring* ring, unsigned number) LIBURING_NOEXCEPT {
  return submit("io_uring_submit_and_wait", ring, {.wait_for = number});
}
int io_uring_submit_and_get_events(io_uring* ring) LIBURING_NOEXCEPT {
  return submit("io_uring_submit_and_get_events", ring, {.completions = true});
}
int io_uring_get_events(io_uring* ring) LIBURING_NOEXCEPT {
  return enter("io_uring_get_events", ring, {.completions = true});
}
int io_uring_submit_and_wait_timeout(io_uring* ring, io_uring_cqe** first, unsigned number,
                                     __kernel_timespec* timeout, sigset_t*) LIBURING_NOEXCEPT {
  return get("io_uring_submit_and_wait_timeout", ring, first,
             {.submit = flushed(ring), .wait_for = number, .timeout = length_of(timeout)});
}

int __io_uring_get_cqe(io_uring* ring, io_uring_cqe** first, unsigned number, unsigned wait_for,
                       sigset_t*) LIBURING_NOEXCEPT {
  const char* const call = wait_for > 0 ? "io_uring_wait_cqe" : "io_uring_peek_cqe";
  return get(call, ring, first, {.submit = number, .wait_for = wait_for});
}
int io_uring_wait_cqes(io_uring* ring, io_uring_cqe** first, unsigned number,
                       __kernel_timespec* timeout, sigset_t*) LIBURING_NOEXCEPT {
  return get("io_uring_wait_cqes", ring, first,
             {.wait_for = number, .timeout = length_of(timeout)});
}
int io_uring_wait_cqe_timeout(io_uring* ring, io_uring_cqe** first,
                              __kernel_timespec* timeout) LIBURING_NOEXCEPT {
  return io_uring_wait_cqes(ring, first, 1, timeout, nullptr);
}
unsigned io_uring_peek_batch_cqe(io_uring* ring, io_uring_cqe** completions,
                                 unsigned most) LIBURING_NOEXCEPT {
  io_uring_cqe* first = nullptr;
  if (get("io_uring_peek_batch_cqe", ring, &first, {}) < 0) return 0;
  const unsigned ready = io_uring_cq_ready(ring);
  const unsigned number = ready < most ? ready : most;
  for (unsigned i = 0; i < number; ++i) {
    completions[i] = &ring->cq.cqes[(*ring->cq.khead + i) & ring->cq.ring_mask];
  }
  return number;
}

// Spares the real kernel a look-up, and changes nothing else.
int io_uring_register_ring_fd(io_uring*) LIBURING_NOEXCEPT {
  return 1;
}
int io_uring_unregister_ring_fd(io_uring*) LIBURING_NOEXCEPT {
  return 1;
}

}  // extern "C"
// NOLINTEND(bugprone-reserved-identifier, readability-identifier-naming)
