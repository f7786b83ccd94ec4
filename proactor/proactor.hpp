#pragma once

#include <cassert>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "shared/buffers/buffer_sequence.hpp"
#include "shared/net/unique_handle.hpp"

/// The Proactor pattern: an Initiator submits an operation and goes on; the engine performs it, and
/// once it is complete calls the operation's handler. Here it is the engine that touches the
/// socket, at a time of its choosing, so the buffer is the engine's until then.
namespace iolab {
struct ServerOptions;
}

namespace iolab::proactor {

struct AsyncOperation;

/// POSA2's Completion Handler.
class CompletionHandler {
 public:
  /// `operation` is complete, has its result and is the Initiator's again: it may be submitted
  /// anew, or destroyed with the handler itself. Other operations of the handler stay as they were.
  virtual void handle_event(AsyncOperation& operation) = 0;

 protected:
  ~CompletionHandler() = default;
};

enum class OperationKind : std::uint8_t { accept, receive, send };

/// What became of an operation. An error is a value here, never an exception.
struct OperationResult {
  /// Neither done nor cancelled.
  [[nodiscard]] bool failed() const noexcept { return error != 0 && error != ECANCELED; }

  int error = 0;          ///< 0, the system's error code, or ECANCELED after cancel()
  UniqueHandle accepted;  ///< accept: the connection, not yet associated; take it or it is closed
  std::size_t bytes = 0;  ///< receive, send: how many; receiving 0 is the end of the peer's stream
};

/// POSA2's Asynchronous Operation. Its Initiator owns it and keeps it, the handle open and the
/// bytes in place while in_flight. Its address is its identity: a descriptor's number would not
/// do, since the system gives it to the next connection.
struct AsyncOperation {
  AsyncOperation(OperationKind what, Handle where, CompletionHandler& who) noexcept
      : kind(what), handle(where), buffer{}, handler(&who) {
    if (what == OperationKind::send) output = {};
  }
  AsyncOperation(const AsyncOperation&) = delete;
  AsyncOperation& operator=(const AsyncOperation&) = delete;
  ~AsyncOperation() { assert(!in_flight); }

  const OperationKind kind;
  bool in_flight = false;  ///< from submit() until the handler is called; set by the Proactor
  std::uint16_t engine_note = 0;  ///< the engine's own, kept from one submission to the next
  const Handle handle;
  union {
    std::span<std::byte> buffer;  ///< receive: to be filled, never empty
    BufferSequence output;        ///< send: to be sent in one go, never empty
  };
  CompletionHandler* const handler;
  OperationResult result;
};

/// Performs operations and dispatches their completions: POSA2's Asynchronous Operation Processor,
/// Completion Event Queue and Proactor behind one interface. Belongs to the thread that made it;
/// only wake_up() may be called from elsewhere.
///
/// Exactly once for each submit() the handler is called, later and from handle_events(), never
/// inside submit() or cancel(). Of completions on different handles no order is promised.
class Proactor {
 public:
  Proactor() = default;
  Proactor(const Proactor&) = delete;
  Proactor& operator=(const Proactor&) = delete;

  /// No operation may be in flight, or the system could still write into its buffer.
  virtual ~Proactor() = default;

  /// What performs the operations, as found out at run time.
  [[nodiscard]] virtual std::string_view engine() const noexcept = 0;

  /// To be called for a handle before its first operation. The engine readies it: whether it is
  /// blocking or not is the engine's business from now on. Throws std::system_error.
  virtual void associate(Handle handle) = 0;

  /// To be called before the handle is closed, with no operation of it in flight.
  virtual void dissociate(Handle handle) noexcept = 0;

  /// Starts an operation that is not in flight. A handle may have one of each kind in flight.
  void submit(AsyncOperation& operation) noexcept {
    assert(!operation.in_flight);
    operation.in_flight = true;
    start(operation);
  }

  /// Asks for an early end; does nothing if the operation is not in flight. It completes as any
  /// other: with ECANCELED, or with its result if that came first. Bytes are never lost.
  virtual void cancel(AsyncOperation& operation) noexcept = 0;

  /// Calls the handlers of completed operations; if there are none waits for the first, at most
  /// `timeout` or until wake_up(). A negative timeout is none. Throws std::system_error if the
  /// engine fails.
  virtual void handle_events(std::chrono::nanoseconds timeout) = 0;

  /// Makes the present call of handle_events(), or the next, return early. From any thread and
  /// from a signal handler.
  virtual void wake_up() noexcept = 0;

 protected:
  virtual void start(AsyncOperation& operation) noexcept = 0;

  /// Hands a finished operation, its result filled in, back to its Initiator. It may be gone
  /// afterwards.
  static void complete(AsyncOperation& operation) {
    assert(operation.in_flight);
    operation.in_flight = false;
    operation.handler->handle_event(operation);
  }
};

// Each engine's file defines these two; the linker chooses.

/// Throws EngineUnavailable or std::system_error.
[[nodiscard]] std::unique_ptr<Proactor> make_proactor(const ServerOptions& options);

/// Options only this engine has, see ServerProgram::own_options.
[[nodiscard]] std::vector<std::string_view> proactor_options();

}  // namespace iolab::proactor
