#pragma once

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "reactor.hpp"

/// The Proactor pattern: an initiator submits an operation and goes on; the engine performs it, and
/// once it is complete calls the operation's handler. It is the engine that touches the socket, at
/// a time of its choosing, so the buffer is the engine's until then.
namespace lab {

struct AsyncOperation;

class CompletionHandler {
 public:
  /// `operation` is complete, has its result and is the initiator's again: it may be submitted
  /// anew, or destroyed together with the handler. Other operations of the handler stay as they
  /// were.
  virtual void handle_event(AsyncOperation& operation) = 0;

 protected:
  CompletionHandler() = default;
  CompletionHandler(const CompletionHandler&) = delete;
  CompletionHandler& operator=(const CompletionHandler&) = delete;
  ~CompletionHandler() = default;
};

enum class OperationKind : std::uint8_t { accept, receive, send };

/// What became of an operation. An error is a value here, never an exception.
struct OperationResult {
  int error = 0;          ///< 0, the system's error code, or ECANCELED after cancel()
  int accepted = -1;      ///< accept: the new connection's descriptor, the handler's to close
  std::size_t bytes = 0;  ///< receive, send: how many; receiving 0 is the end of the peer's stream
};

/// Its initiator owns it and keeps it, the handle open and the bytes in place while in_flight. Its
/// address is its identity: a descriptor's number would not do, since the system gives it to the
/// next connection.
struct AsyncOperation {
  AsyncOperation(OperationKind what, int where, CompletionHandler& who) noexcept
      : kind(what), handle(where), handler(&who) {}
  AsyncOperation(const AsyncOperation&) = delete;
  AsyncOperation& operator=(const AsyncOperation&) = delete;
  ~AsyncOperation() = default;

  const OperationKind kind;
  const int handle;
  CompletionHandler* const handler;
  bool in_flight = false;               ///< from submit() until the handler is called
  std::span<std::byte> buffer{};        ///< receive: to be filled, never empty
  std::span<const std::byte> output{};  ///< send: to be sent, never empty
  OperationResult result;
};

/// Performs operations and calls the handlers of those that are complete. For one thread; only
/// wake_up() may be called from elsewhere.
class Proactor {
 public:
  Proactor() = default;
  Proactor(const Proactor&) = delete;
  Proactor& operator=(const Proactor&) = delete;

  /// No operation may be in flight.
  virtual ~Proactor() = default;

  /// To be called for a handle before its first operation. The engine readies it: whether it is
  /// blocking or not is the engine's business from now on. Throws std::system_error.
  virtual void associate(int handle) = 0;

  /// To be called before the handle is closed, with no operation of it in flight.
  virtual void dissociate(int handle) noexcept = 0;

  /// Starts an operation that is not in flight. A handle may have one of each kind in flight.
  /// Exactly once for each submit() the handler is called, later and from handle_events(): never
  /// inside submit() or cancel().
  virtual void submit(AsyncOperation& operation) noexcept = 0;

  /// Asks for an early end; does nothing if the operation is not in flight. It completes as any
  /// other: with ECANCELED, or with its result if that came first. Bytes are never lost.
  virtual void cancel(AsyncOperation& operation) noexcept = 0;

  /// Calls the handlers of completed operations; if there are none waits for the first, at most
  /// `timeout` (negative: without limit) or until wake_up(). Throws std::system_error if the engine
  /// fails.
  virtual void handle_events(std::chrono::milliseconds timeout) = 0;

  /// Makes the present call of handle_events(), or the next, return early. From any thread and
  /// from a signal handler.
  virtual void wake_up() noexcept = 0;
};

/// Lab 05: emulated_proactor.cpp, on the Reactor of lab 02.
[[nodiscard]] std::unique_ptr<Proactor> make_proactor(std::unique_ptr<Reactor> reactor);

/// Lab 11: uring_proactor.cpp, on io_uring. Its submission queue has room for `entries`, a power of
/// two; more operations may be in flight. Throws std::system_error.
[[nodiscard]] std::unique_ptr<Proactor> make_uring_proactor(unsigned entries);

}  // namespace lab
