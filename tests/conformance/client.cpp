#include "tests/conformance/client.hpp"

#include <arpa/inet.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ostream>

#include "shared/net/sockets.hpp"

namespace iolab::conformance {
namespace {

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

Address make_address(const std::string& text, std::uint16_t port) {
  Address address;
  auto* const v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
  auto* const v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  if (inet_pton(AF_INET, text.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    address.size = sizeof *v4;
  } else if (inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    address.size = sizeof *v6;
  }
  return address;
}

void set_option(Handle socket, int level, int name, int value) {
  if (::setsockopt(socket, level, name, &value, sizeof value) != 0)
    throw_socket_error("setsockopt");
}

std::string cannot(const char* what, int error) {
  return std::string("a client cannot ") + what + ": " + std::strerror(error);
}

std::string received(std::size_t came, std::size_t expected) {
  return "expected " + std::to_string(expected) + " bytes; seen " + std::to_string(came);
}

std::string in_words(End end) {
  switch (end) {
    case End::open:
      return "neither end nor reset";
    case End::finished:
      return "the end (FIN)";
    case End::reset:
      return "a reset (RST)";
  }
  return "nothing";
}

}  // namespace

Client::Client(std::uint16_t port, const Options& options) {
  const Address address = make_address(options.address, port);
  // Close-on-exec: a server started later must not hold this connection open.
  socket_.reset(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket_) throw_socket_error("socket");
  set_option(socket_.get(), IPPROTO_TCP, TCP_NODELAY, 1);
  if (options.send_buffer > 0)
    set_option(socket_.get(), SOL_SOCKET, SO_SNDBUF, options.send_buffer);
  if (options.receive_buffer > 0) {
    set_option(socket_.get(), SOL_SOCKET, SO_RCVBUF, options.receive_buffer);
  }
  set_nonblocking(socket_.get(), true);
  connect(address.storage, address.size);
}

void Client::connect(const sockaddr_storage& address, socklen_t size) {
  int error = 0;
  if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0) {
    if (errno != EINPROGRESS) throw ClientError(cannot("connect", errno));
    wait_for(POLLOUT, "no connection: its queue is full (see listen) and it does not accept");
    socklen_t error_size = sizeof error;
    ::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &error_size);
  }
  if (error != 0) throw ClientError(cannot("connect", error));
}

void Client::wait_for(short events, const std::string& seen) const {
  pollfd waiting{socket_.get(), events, 0};
  const int ready = ::poll(&waiting, 1, static_cast<int>(patience / 1ms));
  if (ready == 0) {
    throw ClientError(seen + ", then nothing for " + std::to_string(patience / 1s) + " s");
  }
  if (ready < 0) throw_socket_error("poll");
}

std::size_t Client::send_some(ByteView bytes) {
  const ssize_t n = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  return n > 0 ? static_cast<std::size_t>(n) : 0;
}

void Client::send(ByteView bytes) {
  const std::size_t total = bytes.size();
  while (!bytes.empty()) {
    const IoResult result = iolab::send(socket_.get(), bytes);
    if (result.status == IoStatus::failed) throw ClientError(cannot("send", errno));
    bytes = bytes.subspan(result.bytes);
    if (result.status == IoStatus::would_block) {
      wait_for(POLLOUT, "the server took " + std::to_string(total - bytes.size()) + " of " +
                            std::to_string(total) + " bytes");
    }
  }
}

void Client::send_and_finish(ByteView bytes) {
  // What MSG_MORE holds back is sent with the FIN.
  const ssize_t n = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_MORE);
  if (n != static_cast<ssize_t>(bytes.size())) throw ClientError(cannot("send", errno));
  finish_sending();
}

std::size_t Client::send_until_stuck(ByteView bytes, std::chrono::nanoseconds pause) {
  constexpr std::size_t mebibyte = std::size_t{1024} * 1024;
  std::size_t taken = 0;
  for (Progress progress; taken < bytes.size() && !progress.stopped(taken, pause);) {
    const std::size_t n = send_some(bytes.subspan(taken, std::min(bytes.size() - taken, mebibyte)));
    taken += n;
    if (n == 0) std::this_thread::sleep_for(2ms);
  }
  return taken;
}

bool Client::is_cut_off() const {
  pollfd state{socket_.get(), 0, 0};
  return ::poll(&state, 1, 0) > 0 && (state.revents & (POLLERR | POLLHUP)) != 0;
}

End Client::receive_some(Bytes& bytes, std::size_t most) {
  std::array<std::byte, 65536> buffer;
  const auto part = std::span(buffer).first(std::min(most, buffer.size()));
  const IoResult result = iolab::receive(socket_.get(), part);
  if (result.status == IoStatus::end) return End::finished;
  if (result.status == IoStatus::failed) return End::reset;
  bytes.insert(bytes.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(result.bytes));
  return End::open;
}

Bytes Client::receive(std::size_t size) {
  Bytes bytes;
  while (bytes.size() < size) {
    wait_for(POLLIN, received(bytes.size(), size));
    const End end = receive_some(bytes, size - bytes.size());
    if (end != End::open) {
      throw ClientError(received(bytes.size(), size) + ", then " + in_words(end));
    }
  }
  return bytes;
}

Rest Client::receive_rest() {
  Rest rest{{}, End::open};
  while (rest.end == End::open) {
    wait_for(POLLIN,
             "expected the end (FIN); seen " + std::to_string(rest.bytes.size()) + " bytes");
    rest.end = receive_some(rest.bytes);
  }
  return rest;
}

End Client::ended() {
  Bytes bytes;
  const End end = receive_some(bytes);
  if (!bytes.empty()) throw ClientError("bytes came where none were expected");
  return end;
}

Bytes Client::exchange(ByteView bytes, std::size_t sent,
                       const std::function<std::size_t()>& chunk) {
  Bytes came;
  while (came.size() < bytes.size()) {
    const ByteView left = bytes.subspan(sent);
    const short events = left.empty() ? POLLIN : POLLIN | POLLOUT;
    wait_for(events, received(came.size(), bytes.size()));
    if (!left.empty()) sent += send_some(left.first(std::min(left.size(), chunk())));
    const End end = receive_some(came);
    if (end == End::open) continue;
    throw ClientError(received(came.size(), bytes.size()) + ", then " + in_words(end));
  }
  return came;
}

Bytes Client::exchange(ByteView bytes, const std::function<std::size_t()>& chunk) {
  return exchange(bytes, 0, chunk);
}

Bytes Client::exchange(ByteView bytes, std::size_t already_sent) {
  return exchange(bytes, already_sent, [] { return std::size_t{65536}; });
}

std::size_t Client::unacknowledged() const {
  int n = 0;
  if (::ioctl(socket_.get(), SIOCOUTQ, &n) != 0) throw_socket_error("SIOCOUTQ");
  return static_cast<std::size_t>(n);
}

void Client::wait_until_arrived() const {
  if (!eventually([&] { return unacknowledged() == 0; })) throw ClientError("bytes did not arrive");
}

void Client::finish_sending() {
  shutdown_send(socket_.get());
}

void Client::reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  if (::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) != 0) {
    throw_socket_error("SO_LINGER");
  }
  close();
}

void PrintTo(End end, std::ostream* out) {
  *out << in_words(end);
}

testing::AssertionResult echoes(Client& client, ByteView bytes) {
  try {
    client.send(bytes);
    return same_bytes(client.receive(bytes.size()), bytes);
  } catch (const ClientError& error) {
    return testing::AssertionFailure() << error.what();
  }
}

}  // namespace iolab::conformance
