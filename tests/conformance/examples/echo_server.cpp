// The least program that passes `./iolab check "PROGRAM {port}"`: a thread for each client.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <thread>

namespace {

/// Sends all: one send() may take only a part. False if the client is gone.
bool send_all(int socket, const char* bytes, ssize_t size) {
  while (size > 0) {
    const ssize_t n = ::send(socket, bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
    if (n < 0) return false;
    bytes += n;
    size -= n;
  }
  return true;
}

void serve(int socket) {
  char buffer[16 * 1024];
  ssize_t n = 0;
  while ((n = ::recv(socket, buffer, sizeof buffer, 0)) > 0 && send_all(socket, buffer, n)) {
  }
  ::close(socket);
}

}  // namespace

int main(int argc, char** argv) {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  const int yes = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<in_port_t>(argc > 1 ? std::atoi(argv[1]) : 0));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener, SOMAXCONN) != 0) {
    std::perror("cannot listen");
    return 1;
  }
  for (;;) {
    const int socket = ::accept(listener, nullptr, nullptr);
    if (socket >= 0) std::thread(serve, socket).detach();
  }
}
