#include <fcntl.h>
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
  (void)send(sender_.get(), {&token, 1});
  errno = saved;
}

void WakeUp::clear() const noexcept {
  std::array<std::byte, 64> tokens;
  while (receive(receiver_.get(), tokens).status == IoStatus::done) {
  }
}

}  // namespace iolab
