// The floor: the least code that can echo on epoll. Accept, read, write, and nothing else: no
// sessions, no timeouts, no limits, no drain. "What does the pattern cost?" is asked against it.
//
// A reply that the peer does not take at once is waited for on the spot, which stops every other
// connection: a real server must not do this, the floor may, because measuring never gets there.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace {

constexpr int backlog = 4096;
std::array<char, 16 * 1024> buffer;

[[noreturn]] void give_up(int status, const char* what, const char* why) {
  std::fprintf(stderr, "floor-epoll: %s: %s\n", what, why);
  std::exit(status);
}

[[noreturn]] void give_up(const char* what) {
  give_up(1, what, std::strerror(errno));
}

[[noreturn]] void refuse(std::string_view name, std::string_view value) {
  std::fprintf(
      stderr, "floor-epoll: refuses '%.*s %.*s'; it knows --port N, --protocol echo, --threads 1\n",
      static_cast<int>(name.size()), name.data(), static_cast<int>(value.size()), value.data());
  std::exit(2);
}

std::uint16_t parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size())
    give_up(2, "not a port", text.data());
  return port;
}

// Accepts `--name value` and `--name=value`, as every server does.
std::uint16_t parse_options(int argc, char** argv) {
  std::uint16_t port = 0;
  for (int i = 1; i < argc; ++i) {
    std::string_view name = argv[i];
    std::string_view value;
    if (const auto equals = name.find('='); equals != name.npos) {
      value = name.substr(equals + 1);
      name = name.substr(0, equals);
    } else if (i + 1 < argc) {
      value = argv[++i];
    }
    if (name == "--port") {
      port = parse_port(value);
    } else if (!(name == "--protocol" && value == "echo") &&
               !(name == "--threads" && value == "1")) {
      refuse(name, value);
    }
  }
  return port;
}

int listen_on(std::uint16_t port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listener < 0) give_up("socket");
  const int on = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    give_up("cannot bind 127.0.0.1");
  }
  if (::listen(listener, backlog) != 0) give_up("listen");
  return listener;
}

void print_banner(int listener) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  std::printf(
      R"({"event":"listening","server":"floor-epoll","pattern":"floor","engine":"epoll","protocol":"echo",)"
      R"("address":"127.0.0.1","port":%d,"pid":%d,"threads":1,"dispatch":"sharded",)"
      R"("limits":{"idle_timeout_ms":0,"max_frame":0,"output_limit":0,"max_connections":0,"read_size":%zu}})"
      "\n",
      ntohs(address.sin_port), static_cast<int>(::getpid()), buffer.size());
  std::fflush(stdout);
}

void watch(int epoll, int handle) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = handle;
  if (::epoll_ctl(epoll, EPOLL_CTL_ADD, handle, &event) != 0) give_up("epoll_ctl");
}

void accept_all(int epoll, int listener) {
  const int on = 1;
  for (;;) {
    const int peer = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (peer < 0) {
      if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED) return;
      give_up("accept");
    }
    ::setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
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
  const int listener = listen_on(parse_options(argc, argv));
  ::signal(SIGTERM, [](int) { ::_exit(0); });
  ::signal(SIGINT, [](int) { ::_exit(0); });
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) give_up("epoll_create1");
  watch(epoll, listener);
  print_banner(listener);

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
