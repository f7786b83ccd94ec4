#pragma once

#include <optional>

#include "proactor/multishot/lent_output.hpp"
#include "proactor/multishot/multishot_worker.hpp"
#include "shared/server/managed_connection.hpp"

namespace iolab::proactor::multishot {

/// POSA2's concrete completion handler. Made by Worker::serve(); from then on it owns
/// itself, until close() was called and all its operations have come back. In flight are at most
/// one receive, mostly a multishot, and one send of all that is pending.
class alignas(kind_bits + 1) Connection final : public ManagedConnection {
 public:
  Connection(Worker& worker, UniqueHandle handle, Conversation conversation);
  ~Connection() override;

  void read(const io_uring_cqe& receive);
  void write(const io_uring_cqe& send);
  void called_back(const io_uring_cqe& cancel);

  /// Starts what can be started now and waits for the rest.
  void advance();
  void drain() override { advance(); }
  void close(CloseReason reason) override;
  void went_quiet() override;

 private:
  void take_input(const io_uring_cqe& receive);
  [[nodiscard]] bool may_hide_reset(const io_uring_cqe& receive);
  void look_for_more();
  [[nodiscard]] bool goes_on_too_long();
  void receive_on();
  void call_back();
  void submit_cancel();
  void send();
  void released(const io_uring_cqe& send);
  void release();
  void abort();

  UniqueHandle handle_;
  Worker& worker_;
  ChunkPtr bulk_chunk_;  // of the receive, if it is in bulk
  LentOutput lent_;
  // What is in flight.
  bool receiving_ = false;
  bool in_bulk_ = false;           // the receive is a one-shot, and not a multishot
  bool emptied_ = true;            // the socket, by the last receive
  bool calling_back_ = false;      // the receive is to end
  bool cancelling_ = false;        // the cancel that says so, …
  bool cancels_an_older_ = false;  // … or said so to the receive before this one
  bool sending_ = false;
  bool drained_ = false;  // nothing had arrived that is not answered
  std::optional<CloseReason> closing_;
};

}  // namespace iolab::proactor::multishot
