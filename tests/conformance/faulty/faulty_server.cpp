// faulty_server MISTAKE PORT: an echo server over epoll as somebody might write it who uses nothing
// of iolab, with one mistake of those that are made most often. `check` must name it. With the
// mistake `none` it is a correct server.
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>

namespace {

constexpr std::size_t output_limit = 64 * 1024;

struct Peer {
  std::string output;     // read and not sent yet
  bool finished = false;  // it has said that it sends no more
};

struct Server {
  std::string mistake;
  int listener = -1;
  int epoll = ::epoll_create1(0);
  std::map<int, Peer> peers;

  [[nodiscard]] bool makes(const char* name) const { return mistake == name; }

  void listen(int port);
  void run();
  void serve_one_at_a_time();
  void accept();
  void handle(int socket, std::uint32_t events);
  bool read(int socket, Peer& peer);
  bool write(int socket, Peer& peer);
  void watch(int socket, const Peer& peer, int operation);
  void close(int socket);
};

void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

void Server::listen(int port) {
  listener = ::socket(AF_INET, SOCK_STREAM, 0);
  const int yes = 1;
  if (!makes("keeps-its-port-busy"))
    ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<in_port_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fail("bind");
  if (::listen(listener, 1024) != 0) fail("listen");
}

// Blocking calls and no thread: the next client waits until this one has left.
void Server::serve_one_at_a_time() {
  for (;;) {
    const int socket = ::accept(listener, nullptr, nullptr);
    std::array<char, 4096> buffer;
    ssize_t n = 0;
    while ((n = ::recv(socket, buffer.data(), buffer.size(), 0)) > 0) {
      ::send(socket, buffer.data(), static_cast<std::size_t>(n), MSG_NOSIGNAL);
    }
    ::close(socket);
  }
}

void Server::watch(int socket, const Peer& peer, int operation) {
  const bool reads =
      !peer.finished && (peer.output.size() < output_limit || makes("hoards-output"));
  epoll_event event{};
  event.data.fd = socket;
  event.events = (reads ? EPOLLIN : 0U) | (peer.output.empty() ? 0U : EPOLLOUT);
  if (makes("closes-on-the-end-at-once")) event.events |= EPOLLRDHUP;
  if (makes("reads-once")) event.events = EPOLLIN | EPOLLOUT | EPOLLET;
  if (makes("reads-once") && operation == EPOLL_CTL_MOD) return;
  ::epoll_ctl(epoll, operation, socket, &event);
}

void Server::accept() {
  const int socket = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
  if (socket >= 0) watch(socket, peers[socket], EPOLL_CTL_ADD);
}

void Server::close(int socket) {
  if (!makes("never-closes")) ::close(socket);
  peers.erase(socket);
}

bool Server::read(int socket, Peer& peer) {
  std::array<char, 4096> buffer;
  const ssize_t n = ::recv(socket, buffer.data(), buffer.size() - 1, 0);
  if (n < 0) return errno == EAGAIN;
  if (n == 0) {
    peer.finished = true;
    return true;
  }
  buffer[static_cast<std::size_t>(n)] = '\0';
  const bool as_text = makes("takes-bytes-for-text");
  peer.output.append(buffer.data(),
                     as_text ? std::strlen(buffer.data()) : static_cast<std::size_t>(n));
  return true;
}

bool Server::write(int socket, Peer& peer) {
  while (!peer.output.empty()) {
    const int flags = makes("dies-of-sigpipe") ? 0 : MSG_NOSIGNAL;
    const ssize_t n = ::send(socket, peer.output.data(), peer.output.size(), flags);
    if (n < 0 && errno != EAGAIN) return false;
    if (n < 0 && !makes("waits-for-one")) return true;
    if (n < 0) {
      pollfd writable{socket, POLLOUT, 0};
      ::poll(&writable, 1, -1);
      continue;
    }
    const bool whole = static_cast<std::size_t>(n) == peer.output.size();
    peer.output.erase(0, static_cast<std::size_t>(n));
    if (!whole && makes("loses-short-writes")) peer.output.clear();
  }
  return true;
}

void Server::handle(int socket, std::uint32_t events) {
  if ((events & EPOLLRDHUP) != 0) return close(socket);  // asked for by one mistake only
  Peer& peer = peers[socket];
  const bool may_read = peer.output.size() < output_limit || makes("hoards-output");
  const bool goes_on = (peer.finished || !may_read || read(socket, peer)) && write(socket, peer);
  if (!goes_on || (peer.finished && peer.output.empty())) return close(socket);
  watch(socket, peer, EPOLL_CTL_MOD);
}

void Server::run() {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = listener;
  ::epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  std::array<epoll_event, 64> events;
  for (;;) {
    const int n = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < n; ++i) {
      const int socket = events[static_cast<std::size_t>(i)].data.fd;
      if (socket == listener) {
        accept();
      } else {
        handle(socket, events[static_cast<std::size_t>(i)].events);
      }
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: faulty_server MISTAKE PORT\n", stderr);
    return 2;
  }
  Server server;
  server.mistake = argv[1];
  server.listen(std::atoi(argv[2]));
  if (server.makes("one-client-at-a-time")) {
    server.serve_one_at_a_time();
  } else {
    server.run();
  }
}
