// io_uring: what each operation does when it is tried.
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

#include "machine/kernel/system_calls.hpp"
#include "machine/kernel/uring/uring.hpp"
#include "machine/story/story.hpp"

namespace lab {
namespace {

void tell(const std::string& sentence) {
  Story::current().step(sentence);
}

std::string who(const UringRequest& request) {
  return "the kernel's " + request.what;
}

int told(const UringRequest& request, int result) {
  const std::string text = result < 0   ? strerrorname_np(-result)
                           : result > 0 ? std::to_string(result)
                                        : "done";
  tell(who(request) + ": " + text);
  return result;
}

bool has_flag(const UringRequest& request, int flag) {
  const bool on_socket =
      request.entry.opcode == IORING_OP_RECV || request.entry.opcode == IORING_OP_SEND;
  return on_socket && (request.entry.msg_flags & static_cast<unsigned>(flag)) != 0;
}

// On a non-blocking descriptor the kernel does not wait: it completes.
std::optional<int> would_block(const UringRequest& request) {
  const bool waits = !request.file->non_blocking() && !has_flag(request, MSG_DONTWAIT);
  if (waits) return std::nullopt;
  tell(who(request) + ": EAGAIN, since it must not wait there");
  return -EAGAIN;
}

iovec rest_of(const UringRequest& request) {
  const std::span<std::byte> rest = request.memory().subspan(request.done);
  return {rest.data(), rest.size()};
}

// Bytes that have been moved are never lost: an error behind them is left for the next operation.
int result_of(const UringRequest& request, int otherwise) {
  return request.done > 0 ? static_cast<int>(request.done) : otherwise;
}

bool is_meant(const UringRequest& request, const io_uring_sqe& cancel) {
  if ((cancel.cancel_flags & IORING_ASYNC_CANCEL_ANY) != 0) return true;
  if ((cancel.cancel_flags & IORING_ASYNC_CANCEL_FD) != 0) return request.entry.fd == cancel.fd;
  return request.entry.user_data == cancel.addr;
}

}  // namespace

std::optional<int> SystemCalls::attempt(Uring& ring, UringRequest& request) {
  if (request.verdict) return told(request, result_of(request, *request.verdict));
  switch (request.entry.opcode) {
    case IORING_OP_NOP:
      return 0;
    case IORING_OP_ACCEPT:
      return attempt_accept(request);
    case IORING_OP_RECV:
    case IORING_OP_READ:
      return attempt_receive(request);
    case IORING_OP_SEND:
    case IORING_OP_WRITE:
      return attempt_send(request);
    case IORING_OP_POLL_ADD:
      return attempt_poll(ring, request);
    case IORING_OP_TIMEOUT:
      return attempt_timeout(ring, request);
    case IORING_OP_ASYNC_CANCEL:
      return cancel_requests(ring, request);
    case IORING_OP_SHUTDOWN:
      return shutdown(request.entry.fd, static_cast<int>(request.entry.len)) < 0 ? -errno : 0;
    case IORING_OP_CLOSE:
      return close(request.entry.fd) < 0 ? -errno : 0;
    default:
      return -EINVAL;
  }
}

std::optional<int> SystemCalls::attempt_accept(UringRequest& request) {
  auto* const listener = dynamic_cast<Listener*>(request.file.get());
  if (!listener) return told(request, -ENOTSOCK);
  if (const int error = ordered_error("accept")) return told(request, -error);
  if (listener->waiting.empty()) return would_block(request);
  const int flags = static_cast<int>(request.entry.accept_flags);
  const int number = take_connection(who(request), *listener, flags);
  return number < 0 ? -errno : number;
}

std::optional<int> SystemCalls::attempt_receive(UringRequest& request) {
  if (const int error = ordered_error("recv")) return told(request, result_of(request, -error));
  auto* const socket = dynamic_cast<Socket*>(request.file.get());
  auto* const counter = dynamic_cast<EventCounter*>(request.file.get());
  if (!socket && !counter) return told(request, -EINVAL);
  while ((request.file->ready() & EPOLLIN) != 0) {
    request.loan.reset();
    const iovec rest = rest_of(request);
    if (counter) {
      const ssize_t size = take_count(who(request), *counter, {&rest, 1});
      return size < 0 ? -errno : static_cast<int>(size);
    }
    const ssize_t size =
        take_incoming(who(request), *socket, {&rest, 1}, has_flag(request, MSG_PEEK));
    if (size < 0) return result_of(request, -errno);
    request.done += static_cast<std::size_t>(size);
    const bool goes_on = has_flag(request, MSG_WAITALL) && size > 0;
    if (!goes_on || request.done == request.memory().size()) return request.done;
  }
  const auto result = would_block(request);
  if (!result && request.done > 0) {
    request.loan = std::make_unique<Loan>(request.memory().subspan(request.done));
  }
  return result ? result_of(request, *result) : result;
}

std::optional<int> SystemCalls::attempt_send(UringRequest& request) {
  if (const int error = ordered_error("send")) return told(request, result_of(request, -error));
  if (text_of(request.memory()) != request.output) {
    violation("the bytes of a send stay as they are until it is complete",
              "those of the " + request.what + " have changed", MayThrow::no);
  }
  auto* const socket = dynamic_cast<Socket*>(request.file.get());
  if (!socket) return told(request, -EINVAL);
  do {
    if (socket->lost() || socket->finished) {
      fail_send(who(request), *socket, MSG_NOSIGNAL);  // io_uring raises no signal
      return result_of(request, -errno);
    }
    if (socket->room() == 0) {
      const auto result = would_block(request);
      return result ? result_of(request, *result) : result;
    }
    const iovec rest = rest_of(request);
    request.done += static_cast<std::size_t>(put_outgoing(who(request), *socket, {&rest, 1}));
  } while (has_flag(request, MSG_WAITALL) && request.done < request.memory().size());
  return static_cast<int>(request.done);
}

std::optional<int> SystemCalls::attempt_poll(Uring& ring, UringRequest& request) {
  const std::uint32_t asked = request.entry.poll32_events | EPOLLERR | EPOLLHUP;
  const auto events = static_cast<int>(request.file->ready() & asked);
  if (events == 0) return std::nullopt;
  if ((request.entry.len & IORING_POLL_ADD_MULTI) == 0) {
    tell(who(request) + ": ready");
    return events;
  }
  if (request.seen_edge == request.file->edges()) return std::nullopt;
  request.seen_edge = request.file->edges();
  tell(who(request) + ": ready, and it goes on");
  ring.complete(request.entry.user_data, events, IORING_CQE_F_MORE);
  return std::nullopt;
}

std::optional<int> SystemCalls::attempt_timeout(const Uring& ring, const UringRequest& request) {
  if (request.last_completion && ring.completed() >= *request.last_completion) return 0;
  if (kernel_.now() < *request.deadline) return std::nullopt;
  return told(request, -ETIME);
}

int SystemCalls::cancel_requests(Uring& ring, const UringRequest& cancel) {
  const bool all =
      (cancel.entry.cancel_flags & (IORING_ASYNC_CANCEL_ALL | IORING_ASYNC_CANCEL_ANY)) != 0;
  int cancelled = 0;
  for (UringRequest& request : ring.in_flight) {
    if (request.verdict || !is_meant(request, cancel.entry)) continue;
    const int result = cancel_request(request);
    if (!all) return result;
    if (result == 0) ++cancelled;
  }
  if (all) return cancelled;
  tell("the kernel's cancel: ENOENT, nothing of that user_data is in flight");
  return -ENOENT;
}

// What it finds in flight may be about to complete, or be in the hands of a thread of the kernel.
int SystemCalls::cancel_request(UringRequest& request) {
  const std::uint32_t waits_for = request.sends() ? EPOLLOUT : EPOLLIN;
  const bool can_complete = request.file && (request.file->ready() & waits_for) != 0;
  if (can_complete && (!kernel_.capricious_ || kernel_.random_up_to(2) == 1)) {
    tell("the kernel's cancel of the " + request.what + ": EALREADY, it is about to complete");
    return -EALREADY;
  }
  kernel_.progress();
  const bool in_a_thread =
      ordered_error("cancel") == EALREADY || (kernel_.capricious_ && kernel_.random_up_to(4) == 1);
  request.verdict = in_a_thread ? -EINTR : -ECANCELED;
  tell("the kernel's cancel of the " + request.what +
       (in_a_thread ? ": EALREADY, a thread of the kernel is interrupted" : ": done"));
  return in_a_thread ? -EALREADY : 0;
}

}  // namespace lab
