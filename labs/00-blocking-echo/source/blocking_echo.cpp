#include "blocking_echo.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace lab {

bool send_all(int connection, std::span<const std::byte> bytes) {
  //@ solution
  while (!bytes.empty()) {
    const ssize_t sent = ::send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
  return true;
  //@ starter
  //| // TODO step 2: send() may take fewer bytes than it was given, or be interrupted by a signal;
  //| // and a client may be gone.
  //| (void)connection;
  //| (void)bytes;
  //| return false;
  //@ wrong one-send
  //| return ::send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL) >= 0;
  //@ wrong sends-from-the-start-again
  //| std::size_t done = 0;
  //| while (done < bytes.size()) {
  //|   const ssize_t sent = ::send(connection, bytes.data(), bytes.size() - done, MSG_NOSIGNAL);
  //|   if (sent < 0 && errno == EINTR) continue;
  //|   if (sent < 0) return false;
  //|   done += static_cast<std::size_t>(sent);
  //| }
  //| return true;
  //@ wrong dies-of-sigpipe
  //| while (!bytes.empty()) {
  //|   const ssize_t sent = ::write(connection, bytes.data(), bytes.size());
  //|   if (sent < 0 && errno == EINTR) continue;
  //|   if (sent < 0) return false;
  //|   bytes = bytes.subspan(static_cast<std::size_t>(sent));
  //| }
  //| return true;
  //@ wrong interrupted-send-is-an-end
  //| while (!bytes.empty()) {
  //|   const ssize_t sent = ::send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  //|   if (sent < 0) return false;
  //|   bytes = bytes.subspan(static_cast<std::size_t>(sent));
  //| }
  //| return true;
  //@ end
}

void serve_connection(int connection) {
  //@ solution
  std::array<std::byte, 16 * 1024> buffer;
  for (;;) {
    const ssize_t size = ::recv(connection, buffer.data(), buffer.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    if (!send_all(connection, std::span(buffer).first(static_cast<std::size_t>(size)))) break;
  }
  ::close(connection);
  //@ starter
  //| // TODO step 1: receive, send back, until recv() says that the client has finished.
  //| // Then close.
  //| ::close(connection);
  //@ wrong echoes-the-whole-buffer
  //| std::array<std::byte, 16 * 1024> buffer{};
  //| for (;;) {
  //|   const ssize_t size = ::recv(connection, buffer.data(), buffer.size(), 0);
  //|   if (size < 0 && errno == EINTR) continue;
  //|   if (size <= 0) break;
  //|   if (!send_all(connection, buffer)) break;
  //| }
  //| ::close(connection);
  //@ wrong echoes-a-string
  //| std::array<char, 16 * 1024 + 1> buffer{};
  //| for (;;) {
  //|   const ssize_t size = ::recv(connection, buffer.data(), buffer.size() - 1, 0);
  //|   if (size < 0 && errno == EINTR) continue;
  //|   if (size <= 0) break;
  //|   buffer[static_cast<std::size_t>(size)] = '\0';
  //|   std::size_t length = 0;
  //|   while (buffer[length] != '\0') ++length;
  //|   if (!send_all(connection, std::as_bytes(std::span(buffer).first(length)))) break;
  //| }
  //| ::close(connection);
  //@ wrong one-reply-per-connection
  //| std::array<std::byte, 16 * 1024> buffer;
  //| const ssize_t size = ::recv(connection, buffer.data(), buffer.size(), 0);
  //| if (size > 0) (void)send_all(connection, std::span(buffer).first(std::size_t(size)));
  //| ::close(connection);
  //@ wrong end-is-not-seen
  //| std::array<std::byte, 16 * 1024> buffer;
  //| for (;;) {
  //|   const ssize_t size = ::recv(connection, buffer.data(), buffer.size(), 0);
  //|   if (size < 0 && errno == EINTR) continue;
  //|   if (size < 0) break;
  //|   if (!send_all(connection, std::span(buffer).first(static_cast<std::size_t>(size)))) break;
  //| }
  //| ::close(connection);
  //@ wrong forgets-to-close
  //| std::array<std::byte, 16 * 1024> buffer;
  //| for (;;) {
  //|   const ssize_t size = ::recv(connection, buffer.data(), buffer.size(), 0);
  //|   if (size < 0 && errno == EINTR) continue;
  //|   if (size <= 0) return;
  //|   if (!send_all(connection, std::span(buffer).first(static_cast<std::size_t>(size)))) break;
  //| }
  //| ::close(connection);
  //@ end
}

void accept_clients(int listener, const std::function<void(int)>& serve,
                    const std::function<void()>& rest) {
  //@ solution
  for (;;) {
    const int connection = ::accept(listener, nullptr, nullptr);
    if (connection >= 0) {
      serve(connection);
      continue;
    }
    switch (errno) {
      case EINTR:
      case ECONNABORTED:
        break;
      case EMFILE:
      case ENFILE:
      case ENOBUFS:
      case ENOMEM:
        // The client waits at the listener: without a rest the next call would fail at once, too.
        rest();
        break;
      default:
        return;
    }
  }
  //@ starter
  //| // TODO step 3: accept and call serve(), for ever. Then look at the errors that are no
  //| // reason to stop.
  //| (void)listener;
  //| (void)serve;
  //| (void)rest;
  //@ wrong any-accept-error-is-the-end
  //| for (;;) {
  //|   const int connection = ::accept(listener, nullptr, nullptr);
  //|   if (connection < 0) return;
  //|   serve(connection);
  //| }
  //@ wrong spins-without-descriptors
  //| for (;;) {
  //|   const int connection = ::accept(listener, nullptr, nullptr);
  //|   if (connection >= 0) {
  //|     serve(connection);
  //|   } else if (errno == EBADF || errno == EINVAL || errno == ENOTSOCK) {
  //|     return;
  //|   }
  //| }
  //@ end
}

}  // namespace lab
