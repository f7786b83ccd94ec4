#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "shared/net/sockets.hpp"
#include "shared/net/wake_up.hpp"

namespace iolab {

WakeUp::WakeUp() {
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()) != 0) throw_socket_error("socketpair");
  receiver_.reset(pair[0]);
  sender_.reset(pair[1]);
  for (const int end : pair) {
    set_nonblocking(end, true);
    if (::fcntl(end, F_SETFD, FD_CLOEXEC) != 0) throw_socket_error("FD_CLOEXEC");
  }
}

void WakeUp::notify() const noexcept {
  const int saved = errno;  // a signal handler must leave errno as it was
  const std::byte token{1};
  // A full buffer means that a notification is pending already.
  (void)send(sender_.get(), std::span(&token, 1));
  errno = saved;
}

void WakeUp::clear() const noexcept {
  std::array<std::byte, 64> tokens;
  while (receive(receiver_.get(), tokens).bytes == tokens.size()) {
  }
}

bool WakeUp::wait(std::chrono::nanoseconds timeout) const noexcept {
  const auto timeout_ms = std::chrono::ceil<std::chrono::milliseconds>(timeout).count();
  pollfd notified{receiver_.get(), POLLIN, 0};
  // A signal that interrupts the wait is as good as the time being up: the caller comes again.
  if (::poll(&notified, 1, static_cast<int>(timeout_ms)) <= 0) return false;
  clear();
  return true;
}

}  // namespace iolab
