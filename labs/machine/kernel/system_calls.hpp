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

struct io_uring;
struct io_uring_params;
struct io_uring_sqe;

namespace lab {

class Uring;
struct UringRequest;

/// What io_uring_enter() is asked for.
struct UringEnter {
  unsigned submit = 0;       ///< so many entries
  unsigned wait_for = 0;     ///< so many completions
  bool completions = false;  ///< IORING_ENTER_GETEVENTS
  std::chrono::nanoseconds timeout{-1};
  unsigned unsubmitted = 0;  ///< entries that the program has filled in and keeps
};

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

  /// io_uring, beneath the library that uring/liburing.cpp stands in for. Errors are negative
  /// results, as they are there.
  int make_uring(unsigned entries, io_uring& program, io_uring_params& wish);
  int enter_uring(const char* call, int uring, const UringEnter& wish);
  void close_uring(int uring);
  /// What the kernel does by itself, without a call, while the program looks into its queue.
  void let_uring_complete(int uring);

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
  /// Whether the program has as many descriptors as it may have; then with errno, and `who` told.
  bool no_descriptor_is_left(const std::string& who) const;
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
  // What is done on descriptors that are ready; `who` is the beginning of a sentence, such as "your
  // recv(101) from alice".
  ssize_t take_count(const std::string& who, EventCounter& counter, std::span<const iovec> pieces);
  int take_connection(const std::string& who, Listener& listener, int flags);
  ssize_t take_incoming(const std::string& who, Socket& socket, std::span<const iovec> pieces,
                        bool peek);
  ssize_t put_outgoing(const std::string& who, Socket& socket, std::span<const iovec> pieces);
  ssize_t fail_send(const std::string& who, Socket& socket, int flags);
  std::size_t limited(std::size_t bytes);
  /// Waits as a blocking descriptor does; false where a non-blocking one would block.
  bool wait_for(const char* call, const Descriptor& descriptor, std::uint32_t events);
  /// False: `timeout` is over.
  bool wait_for_any(const char* call, std::chrono::nanoseconds timeout,
                    const std::function<bool()>& holds);
  int collect(Epoll& epoll, std::span<epoll_event> events);

  // Requests of an io_uring; see uring/uring_requests.cpp and uring/uring_operations.cpp.
  int refuse_to_enter(const char* call, int error);
  unsigned take_entries(const char* call, Uring& ring, unsigned number);
  bool wait_for_completions(const char* call, Uring& ring, const UringEnter& wish);
  UringRequest read_entry(const Uring& ring, const io_uring_sqe& entry);
  void expect_sound(const UringRequest& request);
  void start(Uring& ring, UringRequest request);
  void finish(Uring& ring, UringRequest request, int result);
  void complete_what_can_be(Uring& ring, unsigned enough);
  std::optional<int> attempt(Uring& ring, UringRequest& request);
  std::optional<int> attempt_accept(UringRequest& request);
  std::optional<int> attempt_receive(UringRequest& request);
  std::optional<int> attempt_send(UringRequest& request);
  std::optional<int> attempt_poll(Uring& ring, UringRequest& request);
  std::optional<int> attempt_timeout(const Uring& ring, const UringRequest& request);
  int cancel_requests(Uring& ring, const UringRequest& cancel);
  int cancel_request(UringRequest& request);

  Kernel& kernel_;
};

}  // namespace lab
