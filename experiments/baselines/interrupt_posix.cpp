#include <signal.h>
#include <sys/socket.h>

#include <cerrno>

#include "experiments/baselines/interrupt.hpp"

namespace iolab::blocking {
namespace {

constexpr int interrupt_signal = SIGUSR1;

bool install_handler() {
  struct sigaction action {};
  action.sa_handler = [](int) {};
  sigemptyset(&action.sa_mask);
  // Without SA_RESTART, or the system would resume the very call that is to be interrupted.
  if (::sigaction(interrupt_signal, &action, nullptr) != 0) throw_socket_error("sigaction");
  return true;
}

}  // namespace

Interrupt::Interrupt() : thread_(::pthread_self()) {
  static const bool installed = install_handler();
  (void)installed;
}

void Interrupt::raise() const noexcept {
  ::pthread_kill(thread_, interrupt_signal);
}

IoResult receive_or_interrupt(Handle handle, std::span<std::byte> buffer) noexcept {
  const ssize_t n = ::recv(handle, buffer.data(), buffer.size(), 0);
  if (n > 0) return {IoStatus::done, static_cast<std::size_t>(n)};
  if (n == 0) return {IoStatus::end};
  return {errno == EINTR ? IoStatus::would_block : IoStatus::failed};
}

}  // namespace iolab::blocking
