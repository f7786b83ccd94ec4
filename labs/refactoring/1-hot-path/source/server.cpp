// A server with a thread for each connection.
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <span>
#include <thread>
#include <vector>

#include "answers.hpp"
#include "conversation.hpp"

namespace lab {
namespace {

using namespace std::chrono_literals;

/// Whether accept() failed for lack of descriptors or memory: it will go on to, for a while.
bool out_of_resources(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

/// Whether it was for this client only, or a signal: the next accept() may bring one.
bool only_this_time(int error) {
  return error == ECONNABORTED || error == EINTR;
}

//@ solution
/// Waits for bytes and returns how many came; 0 if the client has finished or is gone.
std::size_t receive(int connection, std::span<std::byte> buffer) {
  for (;;) {
    const ssize_t size = ::recv(connection, buffer.data(), buffer.size(), 0);
    if (size >= 0) return static_cast<std::size_t>(size);
    if (errno != EINTR) return 0;
  }
}

/// False if the client is gone.
bool send_all(int connection, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
  return true;
}

//@ starter
//@ wrong moved-as-it-was
//| std::size_t receive(int connection, std::span<std::byte> buffer) {
//|   const ssize_t size = ::recv(connection, buffer.data(), buffer.size(), 0);
//|   return size > 0 ? static_cast<std::size_t>(size) : 0;
//| }
//|
//| bool send_all(int connection, std::span<const std::byte> bytes) {
//|   return ::send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL) >= 0;
//| }
//|
//@ wrong dies-of-sigpipe
//| std::size_t receive(int connection, std::span<std::byte> buffer) {
//|   for (;;) {
//|     const ssize_t size = ::recv(connection, buffer.data(), buffer.size(), 0);
//|     if (size >= 0) return static_cast<std::size_t>(size);
//|     if (errno != EINTR) return 0;
//|   }
//| }
//|
//| bool send_all(int connection, std::span<const std::byte> bytes) {
//|   while (!bytes.empty()) {
//|     const ssize_t sent = ::write(connection, bytes.data(), bytes.size());
//|     if (sent < 0 && errno == EINTR) continue;
//|     if (sent < 0) return false;
//|     bytes = bytes.subspan(static_cast<std::size_t>(sent));
//|   }
//|   return true;
//| }
//|
//@ end
}  // namespace

void converse(int connection, const ServerOptions& options) {
  //@ solution
  Answers answers(options);
  std::vector<std::byte> input(options.read_size);
  while (const std::size_t size = receive(connection, input)) {
    if (!send_all(connection, answers.to(std::span(input).first(size)))) break;
    if (answers.ended()) ::shutdown(connection, SHUT_WR);
  }
  ::close(connection);
  //@ starter
  //| // TODO: the conversation, from the thread in serve(). The tests call it alone.
  //| (void)options;
  //| ::close(connection);
  //@ wrong closes-at-too-long
  //| Answers answers(options);
  //| std::vector<std::byte> input(options.read_size);
  //| while (const std::size_t size = receive(connection, input)) {
  //|   if (!send_all(connection, answers.to(std::span(input).first(size)))) break;
  //|   if (answers.ended()) break;
  //| }
  //| ::close(connection);
  //@ wrong who-closes
  //| Answers answers(options);
  //| std::vector<std::byte> input(options.read_size);
  //| while (const std::size_t size = receive(connection, input)) {
  //|   if (!send_all(connection, answers.to(std::span(input).first(size)))) break;
  //|   if (answers.ended()) ::shutdown(connection, SHUT_WR);
  //| }
  //@ end
}

void serve(int listener, const ServerOptions& options) {
  for (;;) {
    const int connection = ::accept(listener, nullptr, nullptr);
    if (connection >= 0) {
      //@ solution
      start_thread([connection, options] { converse(connection, options); });
      //@ starter
      //| start_thread([connection, options] {
      //|   Answers answers(options);
      //|   std::vector<std::byte> input(options.read_size);
      //|   for (;;) {
      //|     const ssize_t size = ::recv(connection, input.data(), input.size(), 0);
      //|     if (size <= 0) break;
      //|     const auto answer = answers.to(std::span(input).first(std::size_t(size)));
      //|     if (::send(connection, answer.data(), answer.size(), 0) < 0) break;
      //|     if (answers.ended()) break;
      //|   }
      //|   ::close(connection);
      //| });
      //@ wrong who-closes
      //| start_thread([connection, options] {
      //|   converse(connection, options);
      //|   ::close(connection);
      //| });
      //@ end
    } else if (out_of_resources(errno)) {
      std::this_thread::sleep_for(100ms);
    } else if (!only_this_time(errno)) {
      return;
    }
  }
}

}  // namespace lab
