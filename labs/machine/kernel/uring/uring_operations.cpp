// io_uring: what becomes of each entry that the kernel has taken.
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

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

const char* name_of(unsigned opcode) {
  switch (opcode) {
    case IORING_OP_NOP:
      return "nop";
    case IORING_OP_ACCEPT:
      return "accept";
    case IORING_OP_RECV:
      return "receive";
    case IORING_OP_READ:
      return "read";
    case IORING_OP_SEND:
      return "send";
    case IORING_OP_WRITE:
      return "write";
    case IORING_OP_POLL_ADD:
      return "poll";
    case IORING_OP_TIMEOUT:
      return "timeout";
    case IORING_OP_ASYNC_CANCEL:
      return "cancel";
    case IORING_OP_SHUTDOWN:
      return "shutdown";
    case IORING_OP_CLOSE:
      return "close";
    default:
      return nullptr;
  }
}

bool has_file(unsigned opcode) {
  return opcode != IORING_OP_NOP && opcode != IORING_OP_TIMEOUT && opcode != IORING_OP_ASYNC_CANCEL;
}

bool sends(unsigned opcode) {
  return opcode == IORING_OP_SEND || opcode == IORING_OP_WRITE;
}

bool receives(unsigned opcode) {
  return opcode == IORING_OP_RECV || opcode == IORING_OP_READ;
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

UringRequest SystemCalls::read_entry(const Uring& ring, const io_uring_sqe& entry) {
  UringRequest request;
  request.entry = entry;
  const char* const name = name_of(entry.opcode);
  request.what = name ? name : "operation " + std::to_string(entry.opcode);
  if (entry.opcode == IORING_OP_TIMEOUT) {
    const auto* const time = reinterpret_cast<const __kernel_timespec*>(entry.addr);
    request.deadline = kernel_.now() + std::chrono::seconds(time->tv_sec) +
                       std::chrono::nanoseconds(time->tv_nsec);
    if (entry.off > 0) request.last_completion = ring.completed() + entry.off;
  }
  if (!name || !has_file(entry.opcode)) return request;
  if (sends(entry.opcode)) request.what += " of " + count_of(entry.len, "byte");
  request.what += " on " + kernel_.label(entry.fd);
  const auto found = kernel_.descriptors_.find(entry.fd);
  if (found != kernel_.descriptors_.end()) request.file = found->second;
  if (sends(entry.opcode)) request.output = text_of(request.memory());
  return request;
}

void SystemCalls::expect_sound(const UringRequest& request) {
  if (!name_of(request.entry.opcode)) {
    violation("an entry has an operation that the simulated kernel knows", request.what,
              MayThrow::no);
  } else if (has_file(request.entry.opcode) && !request.file) {
    violation("an entry names an open descriptor", "the " + request.what + " does not",
              MayThrow::no);
  } else if (!request.memory().empty() && is_on_stack(request.memory().data())) {
    violation("memory that the kernel is lent lasts until the operation is complete",
              "that of the " + request.what + " is a local variable, which ends with its function",
              MayThrow::no);
  }
}

void SystemCalls::start(Uring& ring, UringRequest request) {
  expect_sound(request);
  const unsigned opcode = request.entry.opcode;
  if (!name_of(opcode)) return finish(ring, std::move(request), -EINVAL);
  if (has_file(opcode) && !request.file) return finish(ring, std::move(request), -EBADF);
  // Now and then the kernel's first attempt is a later one.
  const bool later =
      kernel_.capricious_ && (sends(opcode) || receives(opcode)) && kernel_.random_up_to(4) == 1;
  if (!later) {
    if (const auto result = attempt(ring, request)) {
      return finish(ring, std::move(request), *result);
    }
  }
  if (receives(opcode)) {
    request.loan = std::make_unique<Loan>(request.memory().subspan(request.done));
  }
  ring.in_flight.push_back(std::move(request));
}

void SystemCalls::finish(Uring& ring, UringRequest request, int result) {
  request.loan.reset();
  const bool silent = (request.entry.flags & IOSQE_CQE_SKIP_SUCCESS) != 0 && result >= 0;
  if (!silent) ring.complete(request.entry.user_data, result);
  if (request.behind.empty()) return;
  UringRequest next = std::move(request.behind.front());
  next.behind.assign(std::make_move_iterator(request.behind.begin() + 1),
                     std::make_move_iterator(request.behind.end()));
  if (result >= 0) return start(ring, std::move(next));
  tell(who(next) + ": ECANCELED, as it was linked to what has failed");
  finish(ring, std::move(next), -ECANCELED);
}

void SystemCalls::complete_what_can_be(Uring& ring, unsigned enough) {
  std::vector<std::list<UringRequest>::iterator> order;
  for (auto next = ring.in_flight.begin(); next != ring.in_flight.end(); ++next) {
    order.push_back(next);
  }
  if (kernel_.capricious_) std::ranges::shuffle(order, kernel_.random_);
  for (const auto& one : order) {
    if (kernel_.capricious_ && ring.completions() >= enough && kernel_.random_up_to(4) == 1) return;
    const auto result = attempt(ring, *one);
    if (!result) continue;
    UringRequest request = std::move(*one);
    ring.in_flight.erase(one);
    finish(ring, std::move(request), *result);
  }
}

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
  const std::uint32_t waits_for = sends(request.entry.opcode) ? EPOLLOUT : EPOLLIN;
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
