// server [PORT]: an echo server with a thread for each connection.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <thread>

#include "blocking_echo.hpp"

namespace {

constexpr int backlog = 4096;

// Of a blocking socket that listens on 127.0.0.1, or -1.
int listen_on(std::uint16_t port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  // Accepted connections inherit it: a reply is sent at once, not held back for more to come.
  ::setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  const bool bound =
      ::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  return bound && ::listen(listener, backlog) == 0 ? listener : -1;
}

void start_thread(int connection) {
  std::thread([connection] { lab::serve_connection(connection); }).detach();
}

void rest() {
  std::this_thread::sleep_for(std::chrono::milliseconds(10));
}

}  // namespace

int main(int argc, char** argv) {
  const int port = argc > 1 ? std::atoi(argv[1]) : 4000;
  const int listener = listen_on(static_cast<std::uint16_t>(port));
  if (listener < 0) {
    std::cerr << "server: cannot listen on port " << port << ": " << std::strerror(errno) << '\n';
    return 1;
  }
  lab::accept_clients(listener, &start_thread, &rest);
  std::cerr << "server: cannot accept: " << std::strerror(errno) << '\n';
  return 1;
}
