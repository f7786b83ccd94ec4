#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "shared/net/iovecs.hpp"
#include "shared/net/sockets.hpp"

namespace iolab {
namespace {

struct Endpoint {
  sockaddr_storage storage{};
  socklen_t size = 0;
  [[nodiscard]] const sockaddr* address() const {
    return reinterpret_cast<const sockaddr*>(&storage);
  }
};

Endpoint make_endpoint(const std::string& address, std::uint16_t port) {
  Endpoint endpoint;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&endpoint.storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&endpoint.storage);
  if (inet_pton(AF_INET, address.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    endpoint.size = sizeof(sockaddr_in);
  } else if (inet_pton(AF_INET6, address.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    endpoint.size = sizeof(sockaddr_in6);
  } else {
    throw std::invalid_argument("'" + address + "' is not an IPv4 or IPv6 address");
  }
  return endpoint;
}

Endpoint local_endpoint(Handle handle) {
  Endpoint endpoint;
  endpoint.size = sizeof endpoint.storage;
  if (getsockname(handle, reinterpret_cast<sockaddr*>(&endpoint.storage), &endpoint.size) != 0) {
    throw_socket_error("getsockname");
  }
  return endpoint;
}

void enable(Handle handle, int level, int option, const char* name) {
  const int on = 1;
  if (setsockopt(handle, level, option, &on, sizeof on) != 0) throw_socket_error(name);
}

ssize_t send_pieces(Handle handle, const BufferSequence& bytes) noexcept {
  Iovecs pieces(bytes);
  return ::sendmsg(handle, pieces.message(), MSG_NOSIGNAL);
}

IoResult failure() noexcept {
  const bool again = errno == EAGAIN || errno == EWOULDBLOCK;
  return {again ? IoStatus::would_block : IoStatus::failed};
}

}  // namespace

void throw_socket_error(const std::string& what) {
  throw std::system_error(errno, std::system_category(), what);
}

int last_socket_error() noexcept {
  return errno;
}

void close_handle(Handle handle) noexcept {
  ::close(handle);
}

UniqueHandle listen_on(const std::string& address, std::uint16_t port, bool share_port) {
  const Endpoint endpoint = make_endpoint(address, port);
  const std::string place = address + " port " + std::to_string(port);
  UniqueHandle listener(
      ::socket(endpoint.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!listener) throw_socket_error("socket");
  enable(listener.get(), SOL_SOCKET, SO_REUSEADDR, "SO_REUSEADDR");
  if (share_port) enable(listener.get(), SOL_SOCKET, SO_REUSEPORT, "SO_REUSEPORT");
  if (::bind(listener.get(), endpoint.address(), endpoint.size) != 0) {
    throw_socket_error("cannot bind " + place);
  }
  if (::listen(listener.get(), listen_backlog) != 0) {
    throw_socket_error("cannot listen on " + place);
  }
  return listener;
}

std::uint16_t local_port(Handle handle) {
  const Endpoint endpoint = local_endpoint(handle);
  if (endpoint.storage.ss_family == AF_INET6) {
    return ntohs(reinterpret_cast<const sockaddr_in6*>(&endpoint.storage)->sin6_port);
  }
  return ntohs(reinterpret_cast<const sockaddr_in*>(&endpoint.storage)->sin_port);
}

bool is_ipv6(Handle handle) {
  return local_endpoint(handle).storage.ss_family == AF_INET6;
}

void set_nonblocking(Handle handle, bool enabled) {
  const int flags = ::fcntl(handle, F_GETFL);
  const int wanted = enabled ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
  if (flags < 0 || ::fcntl(handle, F_SETFL, wanted) != 0) throw_socket_error("O_NONBLOCK");
}

void configure_connection(Handle handle) noexcept {
  const int on = 1;
  // Fails only when the peer has already reset the connection; the next receive will say so.
  (void)setsockopt(handle, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

IoResult receive(Handle handle, std::span<std::byte> buffer) noexcept {
  ssize_t n;
  do {
    n = ::recv(handle, buffer.data(), buffer.size(), 0);
  } while (n < 0 && errno == EINTR);
  if (n > 0) return {IoStatus::done, static_cast<std::size_t>(n)};
  if (n == 0) return {IoStatus::end};
  return failure();
}

IoResult send(Handle handle, const BufferSequence& bytes) noexcept {
  ssize_t n;
  do {
    n = bytes.is_single() ? ::send(handle, bytes.front().data(), bytes.front().size(), MSG_NOSIGNAL)
                          : send_pieces(handle, bytes);
  } while (n < 0 && errno == EINTR);
  if (n >= 0) return {IoStatus::done, static_cast<std::size_t>(n)};
  return failure();
}

std::size_t unread_bytes(Handle handle) noexcept {
  int n = 0;
  return ::ioctl(handle, FIONREAD, &n) == 0 && n > 0 ? static_cast<std::size_t>(n) : 0;
}

void shutdown_send(Handle handle) noexcept {
  ::shutdown(handle, SHUT_WR);
}

void reset_on_close(Handle handle) noexcept {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(handle, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

void shutdown_both(Handle handle) noexcept {
  ::shutdown(handle, SHUT_RDWR);
}

}  // namespace iolab
