// Beneath the program: the linker turns its recv() into __wrap_recv() and the real one into
// __real_recv() (--wrap, see ../CMakeLists.txt). What is not the simulated kernel's goes to the
// real one.
#include <poll.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <time.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>

#include "machine/kernel/system_calls.hpp"
#include "machine/threads/unseen.hpp"

using lab::SystemCalls;

// NOLINTBEGIN(bugprone-reserved-identifier, readability-identifier-naming)
namespace {

/// The calls of the simulated kernel, from the entry of one to its return; or null.
class Entered {
 public:
  explicit Entered(SystemCalls* calls) : calls_(calls) {
    if (calls) unseen_.emplace();
  }
  explicit operator bool() const { return calls_ != nullptr; }
  SystemCalls* operator->() const { return calls_; }

 private:
  SystemCalls* calls_;
  std::optional<lab::Unseen> unseen_;
};

Entered owner_of(int descriptor) {
  SystemCalls* calls = SystemCalls::in_charge();
  return Entered(calls && calls->owns(descriptor) ? calls : nullptr);
}

Entered in_charge() {
  return Entered(SystemCalls::in_charge());
}

iovec piece(const void* bytes, size_t size) {
  return {const_cast<void*>(bytes), size};
}

std::chrono::nanoseconds length_of(const timespec& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

timespec virtual_now() {
  timespec now{};
  SystemCalls::in_charge()->clock(now);
  return now;
}

}  // namespace

extern "C" {

// The real ones.
int __real_accept4(int, sockaddr*, socklen_t*, int);
ssize_t __real_recv(int, void*, size_t, int);
ssize_t __real_read(int, void*, size_t);
ssize_t __real_readv(int, const iovec*, int);
ssize_t __real_recvmsg(int, msghdr*, int);
ssize_t __real_send(int, const void*, size_t, int);
ssize_t __real_write(int, const void*, size_t);
ssize_t __real_writev(int, const iovec*, int);
ssize_t __real_sendmsg(int, const msghdr*, int);
int __real_shutdown(int, int);
int __real_close(int);
int __real_fcntl(int, int, ...);
int __real_ioctl(int, unsigned long, ...);
int __real_setsockopt(int, int, int, const void*, socklen_t);
int __real_getsockopt(int, int, int, void*, socklen_t*);
int __real_getpeername(int, sockaddr*, socklen_t*);
int __real_getsockname(int, sockaddr*, socklen_t*);
int __real_eventfd(unsigned, int);
int __real_epoll_create1(int);
int __real_epoll_ctl(int, int, int, epoll_event*);
int __real_epoll_wait(int, epoll_event*, int, int);
int __real_poll(pollfd*, nfds_t, int);
int __real_timerfd_create(int, int);
int __real_clock_gettime(clockid_t, timespec*);
int __real_nanosleep(const timespec*, timespec*);
int __real_clock_nanosleep(clockid_t, int, const timespec*, timespec*);
int __real_usleep(useconds_t);
unsigned __real_sleep(unsigned);

int __wrap_accept4(int fd, sockaddr* address, socklen_t* size, int flags) {
  if (const Entered calls = owner_of(fd)) return calls->accept("accept4", fd, flags);
  return __real_accept4(fd, address, size, flags);
}
int __wrap_accept(int fd, sockaddr* address, socklen_t* size) {
  if (const Entered calls = owner_of(fd)) return calls->accept("accept", fd, 0);
  return __real_accept4(fd, address, size, 0);
}

ssize_t __wrap_recv(int fd, void* bytes, size_t size, int flags) {
  const iovec one = piece(bytes, size);
  if (const Entered calls = owner_of(fd)) return calls->receive("recv", fd, {&one, 1}, flags);
  return __real_recv(fd, bytes, size, flags);
}
ssize_t __wrap_read(int fd, void* bytes, size_t size) {
  const iovec one = piece(bytes, size);
  if (const Entered calls = owner_of(fd)) return calls->receive("read", fd, {&one, 1}, 0);
  return __real_read(fd, bytes, size);
}
ssize_t __wrap_readv(int fd, const iovec* pieces, int count) {
  const std::span all(pieces, static_cast<size_t>(count));
  if (const Entered calls = owner_of(fd)) return calls->receive("readv", fd, all, 0);
  return __real_readv(fd, pieces, count);
}
ssize_t __wrap_recvmsg(int fd, msghdr* message, int flags) {
  const Entered calls = owner_of(fd);
  if (!calls) return __real_recvmsg(fd, message, flags);
  return calls->receive("recvmsg", fd, {message->msg_iov, message->msg_iovlen}, flags);
}

ssize_t __wrap_send(int fd, const void* bytes, size_t size, int flags) {
  const iovec one = piece(bytes, size);
  if (const Entered calls = owner_of(fd)) return calls->send("send", fd, {&one, 1}, flags);
  return __real_send(fd, bytes, size, flags);
}
ssize_t __wrap_write(int fd, const void* bytes, size_t size) {
  const iovec one = piece(bytes, size);
  if (const Entered calls = owner_of(fd)) return calls->send("write", fd, {&one, 1}, 0);
  return __real_write(fd, bytes, size);
}
ssize_t __wrap_writev(int fd, const iovec* pieces, int count) {
  const std::span all(pieces, static_cast<size_t>(count));
  if (const Entered calls = owner_of(fd)) return calls->send("writev", fd, all, 0);
  return __real_writev(fd, pieces, count);
}
ssize_t __wrap_sendmsg(int fd, const msghdr* message, int flags) {
  const Entered calls = owner_of(fd);
  if (!calls) return __real_sendmsg(fd, message, flags);
  return calls->send("sendmsg", fd, {message->msg_iov, message->msg_iovlen}, flags);
}

int __wrap_shutdown(int fd, int how) {
  if (const Entered calls = owner_of(fd)) return calls->shutdown(fd, how);
  return __real_shutdown(fd, how);
}
int __wrap_close(int fd) {
  if (const Entered calls = owner_of(fd)) return calls->close(fd);
  return __real_close(fd);
}

static int control(int fd, int command, long argument) {
  if (const Entered calls = owner_of(fd)) return calls->control(fd, command, argument);
  return __real_fcntl(fd, command, argument);
}

// The third argument is a number or a pointer; as a register it is the same.
int __wrap_fcntl(int fd, int command, ...) {
  va_list rest;
  va_start(rest, command);
  const long argument = va_arg(rest, long);
  va_end(rest);
  return control(fd, command, argument);
}
int __wrap_fcntl64(int fd, int command, ...) {
  va_list rest;
  va_start(rest, command);
  const long argument = va_arg(rest, long);
  va_end(rest);
  return control(fd, command, argument);
}
int __wrap_ioctl(int fd, unsigned long request, ...) {
  va_list rest;
  va_start(rest, request);
  void* argument = va_arg(rest, void*);
  va_end(rest);
  const Entered calls = owner_of(fd);
  if (!calls) return __real_ioctl(fd, request, argument);
  if (request == FIONREAD) return calls->unread_bytes(fd, *static_cast<int*>(argument));
  if (request == FIONBIO) return calls->non_blocking(fd, *static_cast<int*>(argument) != 0);
  errno = ENOTTY;
  return -1;
}

int __wrap_setsockopt(int fd, int level, int name, const void* value, socklen_t size) {
  if (const Entered calls = owner_of(fd)) return calls->set_option(fd);
  return __real_setsockopt(fd, level, name, value, size);
}
int __wrap_getsockopt(int fd, int level, int name, void* value, socklen_t* size) {
  const Entered calls = owner_of(fd);
  if (!calls) return __real_getsockopt(fd, level, name, value, size);
  if (level == SOL_SOCKET && name == SO_ERROR) {
    return calls->socket_error(fd, *static_cast<int*>(value));
  }
  std::memset(value, 0, *size);
  return 0;
}
int __wrap_getpeername(int fd, sockaddr* address, socklen_t* size) {
  if (!owner_of(fd)) return __real_getpeername(fd, address, size);
  std::memset(address, 0, *size);
  address->sa_family = AF_INET;
  return 0;
}
int __wrap_getsockname(int fd, sockaddr* address, socklen_t* size) {
  if (!owner_of(fd)) return __real_getsockname(fd, address, size);
  std::memset(address, 0, *size);
  address->sa_family = AF_INET;
  return 0;
}

int __wrap_eventfd(unsigned count, int flags) {
  if (const Entered calls = in_charge()) return calls->make_event_counter(count, flags);
  return __real_eventfd(count, flags);
}
int __wrap_epoll_create1(int flags) {
  if (const Entered calls = in_charge()) return calls->make_epoll();
  return __real_epoll_create1(flags);
}
int __wrap_epoll_create(int) {
  if (const Entered calls = in_charge()) return calls->make_epoll();
  return __real_epoll_create1(0);
}
int __wrap_epoll_ctl(int fd, int operation, int watched, epoll_event* event) {
  if (const Entered calls = owner_of(fd)) {
    return calls->epoll_control(fd, operation, watched, event);
  }
  return __real_epoll_ctl(fd, operation, watched, event);
}
int __wrap_epoll_wait(int fd, epoll_event* events, int count, int timeout_ms) {
  const Entered calls = owner_of(fd);
  if (!calls) return __real_epoll_wait(fd, events, count, timeout_ms);
  return calls->epoll_wait("epoll_wait", fd, {events, static_cast<size_t>(count)}, timeout_ms);
}
int __wrap_epoll_pwait(int fd, epoll_event* events, int count, int timeout_ms, const sigset_t*) {
  return __wrap_epoll_wait(fd, events, count, timeout_ms);
}
int __wrap_poll(pollfd* watched, nfds_t count, int timeout_ms) {
  const Entered calls = count > 0 ? owner_of(watched[0].fd) : Entered(nullptr);
  if (!calls) return __real_poll(watched, count, timeout_ms);
  return calls->poll({watched, count}, timeout_ms);
}

// Asio and libevent do without: their timers become the timeouts of epoll_wait(), which the story
// tells.
int __wrap_timerfd_create(int clock, int flags) {
  if (!SystemCalls::in_charge()) return __real_timerfd_create(clock, flags);
  errno = ENOSYS;
  return -1;
}

int __wrap_clock_gettime(clockid_t clock, timespec* now) {
  const Entered calls = in_charge();
  if (!calls) return __real_clock_gettime(clock, now);
  calls->clock(*now);
  return 0;
}
int __wrap_nanosleep(const timespec* time, timespec* left) {
  const Entered calls = in_charge();
  if (!calls) return __real_nanosleep(time, left);
  calls->sleep(length_of(*time));
  return 0;
}
int __wrap_clock_nanosleep(clockid_t clock, int flags, const timespec* time, timespec* left) {
  const Entered calls = in_charge();
  if (!calls) return __real_clock_nanosleep(clock, flags, time, left);
  const bool until = (flags & TIMER_ABSTIME) != 0;
  calls->sleep(length_of(*time) - (until ? length_of(virtual_now()) : std::chrono::nanoseconds(0)));
  return 0;
}
int __wrap_usleep(useconds_t us) {
  const Entered calls = in_charge();
  if (!calls) return __real_usleep(us);
  calls->sleep(std::chrono::microseconds(us));
  return 0;
}
unsigned __wrap_sleep(unsigned seconds) {
  const Entered calls = in_charge();
  if (!calls) return __real_sleep(seconds);
  calls->sleep(std::chrono::seconds(seconds));
  return 0;
}

// std::chrono's clocks are functions of the standard library, called from the program's object.
std::chrono::steady_clock::time_point __real__ZNSt6chrono3_V212steady_clock3nowEv();
std::chrono::system_clock::time_point __real__ZNSt6chrono3_V212system_clock3nowEv();

std::chrono::steady_clock::time_point __wrap__ZNSt6chrono3_V212steady_clock3nowEv() {
  if (!SystemCalls::in_charge()) return __real__ZNSt6chrono3_V212steady_clock3nowEv();
  return std::chrono::steady_clock::time_point(length_of(virtual_now()));
}
std::chrono::system_clock::time_point __wrap__ZNSt6chrono3_V212system_clock3nowEv() {
  if (!SystemCalls::in_charge()) return __real__ZNSt6chrono3_V212system_clock3nowEv();
  return std::chrono::system_clock::time_point(length_of(virtual_now()));
}

}  // extern "C"
// NOLINTEND(bugprone-reserved-identifier, readability-identifier-naming)
