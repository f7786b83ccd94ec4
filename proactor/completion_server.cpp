// The Proactor from scratch: the engine does the I/O, completions say what became of it.
#include "proactor/completion_server.hpp"

#include "shared/net/sockets.hpp"
#include "shared/program/this_program.hpp"

namespace iolab::proactor {

Connection::Connection(Worker& worker, UniqueHandle handle, Conversation conversation)
    : ManagedConnection(std::move(conversation)), handle_(std::move(handle)), worker_(worker) {
  worker_.proactor().associate(handle_.get());
}

Connection::~Connection() {
  worker_.proactor().dissociate(handle_.get());
}

void Connection::handle_event(AsyncOperation& operation) {
  if (operation.kind == OperationKind::receive) {
    read();
  } else {
    write();
  }
}

void Connection::read() {
  const auto& [error, accepted, bytes] = receive_.result;
  if (closing_) return release();
  if (receive_.result.failed()) return close(CloseReason::io_error);
  if (error == 0 && bytes == 0) conversation().received_end();
  if (bytes > 0 && conversation().received(read_chunk_, bytes)) {
    worker_.connections().touched(*this);
  }
  advance();
}

void Connection::write() {
  conversation().sent(send_.result.bytes);
  if (closing_) return release();
  if (send_.result.error != 0) return close(CloseReason::io_error);
  worker_.connections().touched(*this);
  advance();
}

// Does what can be done now and arranges what to wait for next.
void Connection::advance() {
  // While a receive is in flight, bytes may be on their way from the socket to read().
  if (worker_.connections().draining() && !receive_.in_flight && unread_bytes(handle_.get()) == 0) {
    conversation().drain();
  }
  if (conversation().wants_half_close()) {
    shutdown_send(handle_.get());
    conversation().half_closed();
  }
  if (conversation().finished()) return close(conversation().reason());
  if (conversation().wants_write() && !send_.in_flight) {
    send_.output = conversation().pending_output();
    worker_.proactor().submit(send_);
  }
  if (conversation().wants_read() && !receive_.in_flight) submit_receive();
}

// The last receive's chunk may be on its way back to the peer by now.
void Connection::submit_receive() {
  if (!worker_.make_room(read_chunk_, conversation())) return close(CloseReason::io_error);
  receive_.buffer = read_chunk_->room();
  worker_.proactor().submit(receive_);
}

// Cancels a receive that holds a large chunk: it is submitted again with a small one.
void Connection::went_quiet() {
  ManagedConnection::went_quiet();
  const bool holds_much = read_chunk_ && read_chunk_->capacity > conversation().read_size();
  if (holds_much) worker_.proactor().cancel(receive_);
}

// Cancels the receive: only when it has come back is it known what has arrived.
void Connection::drain() {
  worker_.proactor().cancel(receive_);
  advance();
}

void Connection::close(CloseReason reason) {
  if (closing_) return;
  closing_ = reason;
  worker_.proactor().cancel(receive_);
  worker_.proactor().cancel(send_);
  release();
}

// Closing the descriptor would not end the operations on it: the system would go on to use their
// buffers, which by then belong to other connections. So wait until both have completed.
void Connection::release() {
  if (receive_.in_flight || send_.in_flight) return;
  worker_.connections().closed(*this, *closing_);
  delete this;
}

}  // namespace iolab::proactor

const iolab::ServerProgram iolab::server_program = sharded<proactor::Worker>();
