#include "tests/contract/simulated_kernel.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace iolab {
namespace {

thread_local SimulatedKernel* the_kernel = nullptr;

constexpr Handle first_handle = 1000;  // so that a real one, used by mistake, is not found
constexpr std::uint64_t most_events = 1'000'000;

}  // namespace

void misuse(const char* what) noexcept {
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

SimulatedKernel::SimulatedKernel(std::uint64_t seed, SimulatedFaults how)
    : faults(how), random_(seed) {
  the_kernel = this;
}

SimulatedKernel::~SimulatedKernel() {
  the_kernel = nullptr;
}

SimulatedKernel& SimulatedKernel::current() {
  if (!the_kernel) misuse("no simulated kernel on this thread");
  return *the_kernel;
}

void SimulatedKernel::after(Time delay, std::function<void()> event) {
  queue_.push({now_ + delay, planned_++, std::move(event)});
}

bool SimulatedKernel::step(Time limit) {
  if (queue_.empty() || queue_.top().when > limit) {
    now_ = std::max(now_, limit);
    return false;
  }
  if (planned_ > most_events) misuse("it goes on and on without an end");
  auto happen = std::move(const_cast<Event&>(queue_.top()).happen);
  now_ = queue_.top().when;
  queue_.pop();
  happen();
  return true;
}

SimulatedKernel::Socket& SimulatedKernel::socket(Handle handle) {
  const auto found = sockets_.find(handle);
  if (found == sockets_.end()) misuse("a handle is used that is not open");
  return found->second;
}

Handle SimulatedKernel::open() {
  Handle handle = first_handle;
  while (sockets_.contains(handle)) ++handle;
  sockets_[handle];
  return handle;
}

void SimulatedKernel::connect(Handle one, Handle other) {
  socket(one).peer = other;
  socket(other).peer = one;
}

Handle SimulatedKernel::connect_to(Handle listener, std::size_t capacity) {
  const Handle ends[] = {open(), open()};
  connect(ends[0], ends[1]);
  for (const Handle end : ends) {
    socket(end).lossy = true;
    socket(end).capacity = capacity;
  }
  socket(listener).waiting.push_back(ends[1]);
  changed(listener);
  return ends[0];
}

void SimulatedKernel::close(Handle handle) {
  Socket& closed = socket(handle);
  if (closed.in_flight > 0) misuse("a handle is closed while an operation uses it");
  if (closed.associated) misuse("a handle is closed before it is dissociated");
  if (const Handle peer = closed.peer; peer != invalid_handle) {
    // Bytes that nobody will read: TCP says so with a reset, which overtakes what was sent.
    if (closed.inbox.empty()) {
      finish(handle);
    } else {
      reset(peer);
    }
    socket(peer).peer = invalid_handle;
  }
  const auto waiting = std::exchange(closed.waiting, {});
  sockets_.erase(handle);
  for (const Handle never_accepted : waiting) {
    reset(socket(never_accepted).peer);
    close(never_accepted);
  }
}

std::size_t SimulatedKernel::sendable(Handle handle) {
  const Handle peer = socket(handle).peer;
  if (peer == invalid_handle) return ~std::size_t{0};
  const Socket& receiver = socket(peer);
  return receiver.capacity - std::min(receiver.capacity, receiver.inbox.size());
}

std::size_t SimulatedKernel::take(Handle handle, std::span<std::byte> buffer) {
  Socket& receiver = socket(handle);
  const std::size_t n = std::min(buffer.size(), receiver.inbox.size());
  std::memcpy(buffer.data(), receiver.inbox.data(), n);
  receiver.inbox.erase(0, n);
  if (n > 0 && receiver.peer != invalid_handle) changed(receiver.peer);
  return n;
}

std::size_t SimulatedKernel::put(Handle handle, const BufferSequence& bytes, std::size_t most) {
  const std::size_t n = std::min({bytes.size(), most, sendable(handle)});
  const Handle peer = socket(handle).peer;
  if (peer == invalid_handle) {
    reset(handle);
    return n;
  }
  Socket& receiver = socket(peer);
  std::size_t left = n;
  for (const BufferSequence::Piece piece : bytes) {
    const std::size_t part = std::min(piece.size(), left);
    receiver.inbox.append(reinterpret_cast<const char*>(piece.data()), part);
    left -= part;
  }
  if (n > 0) receiver.last_arrival = now_;
  if (n > 0) changed(peer);
  return n;
}

void SimulatedKernel::finish(Handle handle) {
  Socket& sender = socket(handle);
  sender.finished = true;
  if (sender.peer == invalid_handle) return;
  Socket& receiver = socket(sender.peer);
  if (!std::exchange(receiver.end_arrived, true)) receiver.end_arrival = now_;
  changed(sender.peer);
}

void SimulatedKernel::reset(Handle handle) {
  if (handle == invalid_handle) return;
  Socket& lost = socket(handle);
  lost.reset = true;
  lost.inbox.clear();
  changed(handle);
}

void SimulatedKernel::changed(Handle handle) {
  if (const auto& tell = socket(handle).changed) tell();
}

}  // namespace iolab
