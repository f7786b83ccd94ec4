#include "tests/contract/simulated_proactor.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "shared/server/server_options.hpp"

namespace iolab::proactor {
namespace {

constexpr std::size_t watched_bytes = 256;  // of a receive buffer; all of it would be slow

using Pieces = std::vector<BufferSequence::Piece>;

/// The memory that an operation is lent.
Pieces pieces_of(const AsyncOperation& operation) {
  if (operation.kind == OperationKind::accept) return {};
  if (operation.kind == OperationKind::receive) return {operation.buffer};
  return {operation.output.begin(), operation.output.end()};
}

std::string content_of(const AsyncOperation& operation) {
  std::string content;
  for (BufferSequence::Piece piece : pieces_of(operation)) {
    if (operation.kind == OperationKind::receive) {
      piece = piece.first(std::min(piece.size(), watched_bytes));
    }
    content.append(reinterpret_cast<const char*>(piece.data()), piece.size());
  }
  return content;
}

bool overlap(const Pieces& some, const Pieces& others) {
  return std::ranges::any_of(some, [&](const auto& one) {
    return std::ranges::any_of(others, [&](const auto& other) {
      return one.data() < other.data() + other.size() && other.data() < one.data() + one.size();
    });
  });
}

}  // namespace

SimulatedProactor::SimulatedProactor() : kernel_(SimulatedKernel::current()) {}

void SimulatedProactor::associate(Handle handle) {
  SimulatedKernel::Socket& socket = kernel_.socket(handle);
  if (std::exchange(socket.associated, true)) misuse("associated twice");
  socket.changed = [this, handle] { wait_for_change(handle); };
}

void SimulatedProactor::dissociate(Handle handle) noexcept {
  SimulatedKernel::Socket& socket = kernel_.socket(handle);
  if (!socket.associated) misuse("dissociated but not associated");
  if (socket.in_flight > 0) misuse("dissociated while an operation is in flight");
  socket.associated = false;
  socket.changed = nullptr;
}

void SimulatedProactor::start(AsyncOperation& operation) noexcept {
  SimulatedKernel::Socket& socket = kernel_.socket(operation.handle);
  if (!socket.associated) misuse("an operation on a handle not associated");
  const auto same = [&](const auto& entry) {
    return entry.second.operation->handle == operation.handle &&
           entry.second.operation->kind == operation.kind;
  };
  if (std::ranges::any_of(submissions_, same)) {
    misuse("two operations of one kind in flight on one handle");
  }
  if (operation.kind != OperationKind::accept && content_of(operation).empty()) {
    misuse("an operation with an empty buffer");
  }
  expect_lent_once(operation);
  in_flight_.push_back(&operation);
  ++socket.in_flight;
  operation.result = {};
  submissions_.emplace(++last_serial_, Submission{&operation, content_of(operation)});
  try_later(last_serial_);
}

// Bytes may be sent twice at a time; but what is received to must be nobody else's.
void SimulatedProactor::expect_lent_once(const AsyncOperation& operation) const noexcept {
  const Pieces pieces = pieces_of(operation);
  const auto shares = [&](const AsyncOperation* other) {
    const bool only_read = operation.kind == OperationKind::send && other->kind == operation.kind;
    return !only_read && overlap(pieces, pieces_of(*other));
  };
  if (std::ranges::any_of(in_flight_, shares)) misuse("memory is lent that is lent already");
}

void SimulatedProactor::try_later(Serial serial) {
  kernel_.after(kernel_.delay(), [this, serial] { attempt(serial); });
}

void SimulatedProactor::attempt(Serial serial) {
  const auto found = submissions_.find(serial);
  if (found == submissions_.end()) return;
  Submission& submission = found->second;
  if (content_of(*submission.operation) != submission.lent) {
    misuse("a buffer was touched while it was lent");
  }
  if (perform(*submission.operation)) return finished(serial);
  submission.tried_in_vain = true;
}

void SimulatedProactor::wait_for_change(Handle handle) {
  for (auto& [serial, submission] : submissions_) {
    if (submission.operation->handle != handle || !submission.tried_in_vain) continue;
    submission.tried_in_vain = false;
    try_later(serial);
  }
}

void SimulatedProactor::cancel(AsyncOperation& operation) noexcept {
  if (!operation.in_flight) return;
  const auto found = std::ranges::find_if(
      submissions_, [&](const auto& entry) { return entry.second.operation == &operation; });
  if (found == submissions_.end()) return;  // too late: it is complete, if not yet delivered
  kernel_.after(kernel_.delay(), [this, serial = found->first] { attempt_cancel(serial); });
}

void SimulatedProactor::attempt_cancel(Serial serial) {
  const auto found = submissions_.find(serial);
  if (found == submissions_.end()) return;
  found->second.operation->result.error = ECANCELED;
  finished(serial);
}

// False if it would block.
bool SimulatedProactor::perform(AsyncOperation& operation) {
  return operation.kind == OperationKind::accept ? accept(operation) : transfer(operation);
}

bool SimulatedProactor::accept(AsyncOperation& operation) {
  auto& waiting = kernel_.socket(operation.handle).waiting;
  if (waiting.empty()) return false;
  if (kernel_.chance(kernel_.faults.accept_error_percent)) {
    operation.result.error = kernel_.chance(50) ? EMFILE : ECONNABORTED;
    return true;
  }
  operation.result.accepted.reset(waiting.front());
  waiting.pop_front();
  return true;
}

bool SimulatedProactor::transfer(AsyncOperation& operation) {
  const bool sends = operation.kind == OperationKind::send;
  const Handle handle = operation.handle;
  SimulatedKernel::Socket& socket = kernel_.socket(handle);
  if (socket.lossy && kernel_.chance(kernel_.faults.error_percent)) kernel_.reset(handle);
  if (socket.reset || (sends && socket.finished)) {
    operation.result.error = sends ? EPIPE : ECONNRESET;
    return true;
  }
  const std::size_t most = sends ? kernel_.sendable(handle) : kernel_.receivable(handle);
  if (most == 0) return !sends && socket.end_arrived;
  std::size_t n = std::min(most, sends ? operation.output.size() : operation.buffer.size());
  if (socket.lossy && kernel_.chance(kernel_.faults.short_percent)) n = shortened(operation, n);
  operation.result.bytes = sends ? kernel_.put(handle, operation.output, n)
                                 : kernel_.take(handle, operation.buffer.first(n));
  return true;
}

// Anywhere, and now and then just where a piece ends.
std::size_t SimulatedProactor::shortened(const AsyncOperation& operation, std::size_t most) {
  const Pieces pieces = pieces_of(operation);
  if (pieces.size() < 2 || kernel_.chance(70)) return 1 + kernel_.below(most);
  std::size_t end = 0;
  for (auto n = 1 + kernel_.below(pieces.size()); n > 0; --n) end += pieces[n - 1].size();
  return std::min(end, most);
}

void SimulatedProactor::count(const AsyncOperation& operation) {
  SimulatedEvents& events = kernel_.events;
  const Pieces pieces = pieces_of(operation);
  if (operation.kind == OperationKind::receive) {
    received_to_.insert(pieces.front().data());
    events.cancelled_receives += operation.result.error == ECANCELED ? 1 : 0;
  }
  if (operation.kind != OperationKind::send) return;
  events.sends_of_pieces += pieces.size() > 1 ? 1 : 0;
  events.sends_from_input += received_to_.contains(pieces.front().data()) ? 1 : 0;
  std::size_t end = pieces.front().size();
  if (operation.result.bytes < end) return;
  for (std::size_t i = 1; operation.result.bytes > end; ++i) end += pieces[i].size();
  events.sends_cut_inside += operation.result.bytes < end ? 1 : 0;
}

// Performed; the Initiator hears of it later.
void SimulatedProactor::finished(Serial serial) {
  AsyncOperation* const operation = submissions_.at(serial).operation;
  count(*operation);
  submissions_.erase(serial);
  kernel_.after(kernel_.delay(), [this, operation] { completed_.push_back(operation); });
}

void SimulatedProactor::handle_events(std::chrono::nanoseconds timeout) {
  constexpr auto for_ever = std::chrono::hours(24 * 365);
  const auto limit = kernel_.now() + (timeout.count() < 0 ? for_ever : timeout);
  while (completed_.empty() && !woken_ && kernel_.step(limit)) {
  }
  if (timeout.count() < 0 && completed_.empty() && !woken_) {
    misuse("waits without limit, but nothing more will happen");
  }
  woken_ = false;
  auto batch = std::exchange(completed_, {});
  for (std::size_t i = batch.size(); i > 1; --i) std::swap(batch[i - 1], batch[kernel_.below(i)]);
  for (AsyncOperation* const operation : batch) {
    --kernel_.socket(operation->handle).in_flight;
    std::erase(in_flight_, operation);
    complete(*operation);
  }
}

std::vector<std::string_view> proactor_options() {
  return {};
}

std::unique_ptr<Proactor> make_proactor(const ServerOptions&) {
  return std::make_unique<SimulatedProactor>();
}

}  // namespace iolab::proactor
