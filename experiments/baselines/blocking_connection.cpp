#include "experiments/baselines/blocking_connection.hpp"

namespace iolab::blocking {

Connection::Connection(SynchronisedConnections& connections, UniqueHandle handle,
                       Conversation conversation)
    : ManagedConnection(std::move(conversation)),
      connections_(connections),
      handle_(std::move(handle)) {}

// Waits until bytes have come. One call only: a second one would wait for the next message.
bool Connection::read() {
  if (!conversation().make_room(chunk_)) return false;
  const IoResult result = receive_or_interrupt(handle_.get(), chunk_->room());
  if (result.status == IoStatus::failed) return false;
  if (result.status == IoStatus::end) conversation().received_end();
  if (result.status != IoStatus::done) return true;
  if (conversation().received(chunk_, result.bytes)) connections_.touched(*this);
  return true;
}

// Waits until the system has taken everything, so nothing is read while anything is pending.
bool Connection::write() {
  while (conversation().wants_write()) {
    const IoResult result = send(handle_.get(), conversation().pending_output());
    if (result.status != IoStatus::done) return false;
    conversation().sent(result.bytes);
    connections_.touched(*this);
  }
  return true;
}

CloseReason Connection::talk() {
  do {
    if (!write()) return CloseReason::io_error;
    if (connections_.draining() && unread_bytes(handle_.get()) == 0) conversation().drain();
    if (conversation().wants_half_close()) {
      shutdown_send(handle_.get());
      conversation().half_closed();
    }
    if (conversation().finished()) return conversation().reason();
  } while (read());
  return CloseReason::io_error;
}

CloseReason Connection::serve() {
  const CloseReason reason = talk();
  return closed_ ? close_reason_ : reason;
}

void Connection::close(CloseReason reason) {
  close_reason_ = reason;
  closed_ = true;
  shutdown_both(handle_.get());
}

}  // namespace iolab::blocking
