#pragma once

#include <poll.h>
#include <sys/epoll.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "machine/kernel/kernel.hpp"

namespace lab {

/// What each system call does to the simulated kernel: results and errno as in Linux, told in the
/// story. wrapped_calls.cpp puts it beneath the program.
class SystemCalls {
 public:
  /// Of the kernel in charge, or null.
  static SystemCalls* in_charge();
  static void take_charge(Kernel* kernel);

  explicit SystemCalls(Kernel& kernel) : kernel_(kernel) {}

  /// A number of this kernel, open or not.
  [[nodiscard]] bool owns(int descriptor) const;

  int accept(const char* call, int listener, int flags);
  ssize_t receive(const char* call, int descriptor, std::span<const iovec> pieces, int flags);
  ssize_t send(const char* call, int descriptor, std::span<const iovec> pieces, int flags);
  int shutdown(int descriptor, int how);
  int close(int descriptor);
  int control(int descriptor, int command, long argument);
  int unread_bytes(int descriptor, int& bytes);
  int non_blocking(int descriptor, bool enabled);
  int set_option(int descriptor);
  int socket_error(int descriptor, int& error);

  int make_event_counter(unsigned count, int flags);

  int make_epoll();
  int epoll_control(int epoll, int operation, int descriptor, epoll_event* event);
  int epoll_wait(const char* call, int epoll, std::span<epoll_event> events, int timeout_ms);
  int poll(std::span<pollfd> watched, int timeout_ms);

  /// Waits like a system call that a test stands in for: counts it, and ends a program that spins.
  /// Afterwards it need not hold, if `timeout` is over.
  void wait(const char* call, std::chrono::nanoseconds timeout, const std::function<bool()>& holds);

  void clock(timespec& now) const;
  void sleep(std::chrono::nanoseconds time);

 private:
  enum class MayThrow : std::uint8_t { no, yes };

  /// Counts the call, and ends a program that spins.
  void begin(const char* call, const std::string& family, MayThrow may_throw);
  /// The error that a test has ordered for the family, or 0.
  int ordered_error(const std::string& family);
  /// The open descriptor behind a number, or null with errno; using a closed one fails the test.
  std::shared_ptr<Descriptor> find(const char* call, int descriptor, MayThrow may_throw);
  /// The same of one kind only: another kind is `error`.
  template <typename Kind>
  std::shared_ptr<Kind> find_as(const char* call, int descriptor, MayThrow may_throw, int error) {
    auto found = find(call, descriptor, may_throw);
    auto as_kind = std::dynamic_pointer_cast<Kind>(found);
    if (found && !as_kind) errno = error;
    return as_kind;
  }
  void violation(const std::string& expected, const std::string& received, MayThrow may_throw);
  ssize_t receive_count(const char* call, EventCounter& counter, std::span<const iovec> pieces);
  ssize_t send_count(const char* call, EventCounter& counter, std::span<const iovec> pieces);
  ssize_t take_incoming(const char* call, Socket& socket, std::span<const iovec> pieces, bool peek);
  ssize_t fail_send(const char* call, Socket& socket, int flags);
  std::size_t limited(std::size_t bytes);
  /// Waits as a blocking descriptor does; false where a non-blocking one would block.
  bool wait_for(const char* call, const Descriptor& descriptor, std::uint32_t events);
  void wait_for_any(const char* call, std::chrono::nanoseconds timeout,
                    const std::function<bool()>& holds);
  int collect(Epoll& epoll, std::span<epoll_event> events);

  Kernel& kernel_;
};

}  // namespace lab
