// The floor: the least code that can echo on epoll. Accept, read, write, and nothing else: no
// sessions, no timeouts, no limits, no drain. "What does the pattern cost?" is asked against it.
//
// A reply that the peer does not take at once is waited for on the spot, which stops every other
// connection: a real server must not do this, the floor may, because measuring never gets there.

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "experiments/baselines/floor_setup.hpp"

namespace {

using floor_setup::give_up;

std::array<char, 256 * 1024> buffer;  // as large as the largest read of a server

void watch(int epoll, int handle) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = handle;
  if (::epoll_ctl(epoll, EPOLL_CTL_ADD, handle, &event) != 0) give_up("epoll_ctl");
}

void accept_all(int epoll, int listener) {
  for (;;) {
    const int peer = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (peer < 0) {
      if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED) return;
      give_up("accept");
    }
    floor_setup::configure(peer);
    watch(epoll, peer);
  }
}

void echo(int peer) {
  const ssize_t received = ::recv(peer, buffer.data(), buffer.size(), 0);
  if (received < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (received <= 0) {
    ::close(peer);
    return;
  }
  for (ssize_t sent = 0; sent < received;) {
    const ssize_t n =
        ::send(peer, buffer.data() + sent, static_cast<std::size_t>(received - sent), MSG_NOSIGNAL);
    if (n > 0) {
      sent += n;
    } else if (errno == EAGAIN) {
      pollfd writable{peer, POLLOUT, 0};
      ::poll(&writable, 1, -1);
    } else if (errno != EINTR) {
      ::close(peer);
      return;
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int listener = floor_setup::listen_as_told(argc, argv);
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) give_up("epoll_create1");
  watch(epoll, listener);
  floor_setup::print_banner(listener, "epoll", buffer.size());

  std::array<epoll_event, 256> events;
  for (;;) {
    const int ready = ::epoll_wait(epoll, events.data(), events.size(), -1);
    if (ready < 0 && errno != EINTR) give_up("epoll_wait");
    for (int i = 0; i < ready; ++i) {
      const int handle = events[i].data.fd;
      if (handle == listener) {
        accept_all(epoll, listener);
      } else {
        echo(handle);
      }
    }
  }
}
