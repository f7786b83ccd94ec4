// The calls on sockets: accept, receive, send, shutdown, close and their settings.
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "machine/kernel/system_calls.hpp"
#include "machine/kernel/uring/uring.hpp"
#include "machine/story/story.hpp"

namespace lab {
namespace {

void tell(const std::string& sentence) {
  Story::current().step(sentence);
}

int failed(const std::string& who, int error) {
  tell(who + ": " + std::string(strerrorname_np(error)));
  errno = error;
  return -1;
}

std::string your(const char* call, int descriptor) {
  return "your " + std::string(call) + "(" + std::to_string(descriptor) + ")";
}

std::size_t size_of(std::span<const iovec> pieces) {
  std::size_t size = 0;
  for (const iovec& piece : pieces) size += piece.iov_len;
  return size;
}

void scatter(const std::string& bytes, std::span<const iovec> pieces) {
  std::size_t done = 0;
  for (const iovec& piece : pieces) {
    const std::size_t size = std::min(piece.iov_len, bytes.size() - done);
    if (size > 0) std::memcpy(piece.iov_base, bytes.data() + done, size);
    done += size;
  }
}

std::string gather(std::span<const iovec> pieces, std::size_t size) {
  std::string bytes;
  for (const iovec& piece : pieces) {
    const std::size_t part = std::min(piece.iov_len, size - bytes.size());
    bytes.append(static_cast<const char*>(piece.iov_base), part);
  }
  return bytes;
}

bool sigpipe_is_ignored() {
  struct sigaction now {};
  ::sigaction(SIGPIPE, nullptr, &now);
  return now.sa_handler == SIG_IGN;
}

}  // namespace

std::size_t SystemCalls::limited(std::size_t bytes) {
  const std::size_t most = kernel_.most_per_call_;
  if (most > 0) bytes = std::min(bytes, most);
  return kernel_.capricious_ && bytes > 0 ? kernel_.random_up_to(bytes) : bytes;
}

bool SystemCalls::wait_for(const char* call, const Descriptor& descriptor, std::uint32_t events) {
  const auto is_ready = [&] { return (descriptor.ready() & events) != 0; };
  if (is_ready()) return true;
  if (descriptor.non_blocking()) return false;
  return kernel_.wait(call, std::chrono::nanoseconds(-1), is_ready);
}

int SystemCalls::accept(const char* call, int number, int flags) {
  begin(call, "accept", MayThrow::yes);
  const auto listener = find_as<Listener>(call, number, MayThrow::yes, ENOTSOCK);
  if (!listener) return -1;
  if (const int error = ordered_error("accept")) return failed(your(call, number), error);
  if (!wait_for(call, *listener, EPOLLIN)) return failed(your(call, number), EAGAIN);
  return take_connection(your(call, number), *listener, flags);
}

int SystemCalls::take_connection(const std::string& who, Listener& listener, int flags) {
  if (no_descriptor_is_left(who)) return -1;
  const auto socket = listener.waiting.front();
  listener.waiting.pop_front();
  socket->non_blocking((flags & SOCK_NONBLOCK) != 0);
  socket->number = kernel_.open(socket);
  kernel_.progress();
  tell(who + ": " + socket->name() + ", descriptor " + std::to_string(socket->number));
  return socket->number;
}

ssize_t SystemCalls::receive(const char* call, int number, std::span<const iovec> pieces,
                             int flags) {
  begin(call, "recv", MayThrow::yes);
  const auto found = find(call, number, MayThrow::yes);
  if (!found) return -1;
  if (auto* counter = dynamic_cast<EventCounter*>(found.get())) {
    return receive_count(call, *counter, pieces);
  }
  auto* socket = dynamic_cast<Socket*>(found.get());
  if (!socket) return failed(your(call, number), EINVAL);
  if (const int error = ordered_error("recv")) return failed(your(call, number), error);
  if ((flags & MSG_DONTWAIT) != 0 ? (socket->ready() & EPOLLIN) == 0
                                  : !wait_for(call, *socket, EPOLLIN)) {
    return failed(your(call, number), EAGAIN);
  }
  const std::string who = your(call, number) + " from " + socket->client.name();
  return take_incoming(who, *socket, pieces, (flags & MSG_PEEK) != 0);
}

ssize_t SystemCalls::take_incoming(const std::string& who, Socket& socket,
                                   std::span<const iovec> pieces, bool peek) {
  if (socket.pending_error != 0) {
    kernel_.progress();
    return failed(who, std::exchange(socket.pending_error, 0));
  }
  const std::size_t size = limited(std::min(size_of(pieces), socket.incoming.size()));
  if (size == 0 && size_of(pieces) > 0) {
    tell(who + ": 0, the end of its stream");
    return 0;
  }
  const std::string bytes = socket.incoming.substr(0, size);
  scatter(bytes, pieces);
  if (!peek) socket.incoming.erase(0, size);
  if (!peek && size > 0) kernel_.progress();
  tell(who + ": " + count_of(size, "byte") + ": " + shown(bytes));
  return static_cast<ssize_t>(size);
}

ssize_t SystemCalls::send(const char* call, int number, std::span<const iovec> pieces, int flags) {
  begin(call, "send", MayThrow::yes);
  const auto found = find(call, number, MayThrow::yes);
  if (!found) return -1;
  if (auto* counter = dynamic_cast<EventCounter*>(found.get())) {
    return send_count(call, *counter, pieces);
  }
  auto* socket = dynamic_cast<Socket*>(found.get());
  if (!socket) return failed(your(call, number), EINVAL);
  if (const int error = ordered_error("send")) return failed(your(call, number), error);
  const std::string to = your(call, number) + " to " + socket->client.name();
  if (socket->lost() || socket->finished) return fail_send(to, *socket, flags);
  const std::size_t wanted = size_of(pieces);
  const std::string who = to + " of " + count_of(wanted, "byte");
  if (wanted == 0) {
    tell(who);
    return 0;
  }
  if ((flags & MSG_DONTWAIT) != 0 ? socket->room() == 0 : !wait_for(call, *socket, EPOLLOUT)) {
    return failed(who, EAGAIN);
  }
  return socket->lost() ? fail_send(to, *socket, flags) : put_outgoing(who, *socket, pieces);
}

ssize_t SystemCalls::put_outgoing(const std::string& who, Socket& socket,
                                  std::span<const iovec> pieces) {
  const std::size_t wanted = size_of(pieces);
  const std::size_t size = limited(std::min(wanted, socket.room()));
  kernel_.progress();
  tell(who + ": " +
       (size == wanted ? std::string("takes all") : "takes " + count_of(size, "byte")));
  if (socket.client_closed) {  // the first bytes that arrive there are answered by a reset
    socket.reset = true;
    socket.pending_error = EPIPE;
    socket.edge();
  } else {
    socket.outgoing += gather(pieces, size);
  }
  return static_cast<ssize_t>(size);
}

ssize_t SystemCalls::fail_send(const std::string& who, Socket& socket, int flags) {
  const int error = std::exchange(socket.pending_error, 0);
  if (error != 0) kernel_.progress();
  if (error != 0 && error != EPIPE) return failed(who, error);
  if ((flags & MSG_NOSIGNAL) == 0 && !sigpipe_is_ignored()) {
    tell(who + ": SIGPIPE");
    violation("your program survives that a client is gone",
              "SIGPIPE, which ends the whole program: this call wrote to a connection that is "
              "lost",
              MayThrow::yes);
  }
  return failed(who, EPIPE);
}

int SystemCalls::shutdown(int number, int how) {
  begin("shutdown", "shutdown", MayThrow::no);
  const auto socket = find_as<Socket>("shutdown", number, MayThrow::no, ENOTSOCK);
  if (!socket) return -1;
  if (socket->lost()) return failed(your("shutdown", number), ENOTCONN);
  if (how != SHUT_WR && !socket->receives_no_more) {
    tell("your shutdown(" + std::to_string(number) + "): nothing more is received from " +
         socket->client.name());
    socket->receives_no_more = true;
    socket->edge();
    kernel_.progress();
  }
  if (how == SHUT_RD) return 0;
  if (!socket->finished) {
    tell("your shutdown(" + std::to_string(number) + "): the stream to " + socket->client.name() +
         " ends (FIN)");
    kernel_.progress();
  }
  socket->finished = true;
  socket->edge();
  return 0;
}

int SystemCalls::close(int number) {
  begin("close", "close", MayThrow::no);
  const auto found = find("close", number, MayThrow::no);
  if (!found) return -1;
  std::string sentence = "your close(" + std::to_string(number) + "), " + found->name();
  if (auto* socket = dynamic_cast<Socket*>(found.get())) {
    if (!socket->lost() && !socket->incoming.empty()) {
      sentence += ": " + count_of(socket->incoming.size(), "byte") +
                  " were never received, so the connection is reset";
      socket->reset_by_program = true;
      socket->outgoing.clear();
    }
    socket->closed = true;
    socket->finished = true;
    socket->number = -1;
  }
  tell(sentence);
  for (const auto& [other, behind] : kernel_.descriptors_) {
    if (auto* epoll = dynamic_cast<Epoll*>(behind.get())) epoll->watches.erase(number);
    const auto* const ring = dynamic_cast<Uring*>(behind.get());
    const UringRequest* const user = ring ? ring->in_flight_on(*found) : nullptr;
    if (!user) continue;
    violation("a descriptor is closed when the kernel has completed what uses it",
              "the " + user->what + " is in flight, and closing does not end it", MayThrow::no);
  }
  kernel_.closed_[number] = found->name();
  kernel_.descriptors_.erase(number);
  kernel_.progress();
  return 0;
}

int SystemCalls::control(int number, int command, long argument) {
  begin("fcntl", "fcntl", MayThrow::no);
  const auto found = find("fcntl", number, MayThrow::no);
  if (!found) return -1;
  if (command == F_GETFL) return O_RDWR | (found->non_blocking() ? O_NONBLOCK : 0);
  if (command == F_SETFL) return non_blocking(number, (argument & O_NONBLOCK) != 0);
  return 0;
}

int SystemCalls::non_blocking(int number, bool enabled) {
  const auto found = find("fcntl", number, MayThrow::no);
  if (!found) return -1;
  if (found->non_blocking() != enabled) {
    tell("your program makes " + found->name() + (enabled ? " non-blocking" : " blocking"));
  }
  found->non_blocking(enabled);
  return 0;
}

int SystemCalls::unread_bytes(int number, int& bytes) {
  const auto socket = find_as<Socket>("ioctl", number, MayThrow::no, ENOTTY);
  if (!socket) return -1;
  bytes = static_cast<int>(socket->incoming.size());
  return 0;
}

int SystemCalls::set_option(int number) {
  return find("setsockopt", number, MayThrow::no) ? 0 : -1;
}

int SystemCalls::socket_error(int number, int& error) {
  const auto socket = find_as<Socket>("getsockopt", number, MayThrow::no, ENOTSOCK);
  if (!socket) return -1;
  error = std::exchange(socket->pending_error, 0);
  return 0;
}

}  // namespace lab
