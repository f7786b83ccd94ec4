// shared/net and the ticker's clock on the simulated kernel: a program that links this file has no
// system under it.
#include <cerrno>

#include "shared/net/sockets.hpp"
#include "shared/net/wake_up.hpp"
#include "shared/server/ticker.hpp"
#include "tests/contract/simulated_kernel.hpp"

namespace iolab {
namespace {

SimulatedKernel& kernel() {
  return SimulatedKernel::current();
}

}  // namespace

void close_handle(Handle handle) noexcept {
  kernel().close(handle);
}

UniqueHandle listen_on(const std::string&, std::uint16_t, bool) {
  return UniqueHandle(kernel().open());
}

// One is enough, since the clients of a simulation are told the listener's handle: the port.
std::uint16_t local_port(Handle handle) {
  return static_cast<std::uint16_t>(handle);
}

void set_nonblocking(Handle handle, bool enabled) {
  kernel().socket(handle).nonblocking = enabled;
}

void configure_connection(Handle handle) noexcept {
  (void)kernel().socket(handle);
}

IoResult receive(Handle handle, std::span<std::byte> buffer) noexcept {
  const SimulatedKernel::Socket& socket = kernel().socket(handle);
  if (socket.reset) return {IoStatus::failed};
  if (socket.inbox.empty()) return {socket.end_arrived ? IoStatus::end : IoStatus::would_block};
  return {IoStatus::done, kernel().take(handle, buffer)};
}

IoResult send(Handle handle, const BufferSequence& bytes) noexcept {
  const SimulatedKernel::Socket& socket = kernel().socket(handle);
  if (socket.reset || socket.finished) return {IoStatus::failed};
  if (kernel().sendable(handle) == 0) return {IoStatus::would_block};
  return {IoStatus::done, kernel().put(handle, bytes)};
}

std::size_t unread_bytes(Handle handle) noexcept {
  return kernel().receivable(handle);
}

void shutdown_send(Handle handle) noexcept {
  kernel().finish(handle);
}

void throw_socket_error(const std::string& what) {
  misuse(what.c_str());
}

WakeUp::WakeUp() : receiver_(kernel().open()), sender_(kernel().open()) {
  kernel().connect(receiver_.get(), sender_.get());
}

void WakeUp::notify() const noexcept {
  const std::byte token{1};
  (void)send(sender_.get(), BufferSequence({&token, 1}));
}

void WakeUp::clear() const noexcept {
  kernel().socket(receiver_.get()).inbox.clear();
}

Ticker::Clock::time_point Ticker::now() noexcept {
  return Clock::time_point(kernel().now());
}

}  // namespace iolab
