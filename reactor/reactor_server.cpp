// The Reactor from scratch: readiness events say when, the application does the I/O.
#include "reactor/reactor_server.hpp"

#include "shared/net/sockets.hpp"
#include "shared/program/this_program.hpp"

namespace iolab::reactor {

Connection::Connection(Worker& worker, UniqueHandle handle, Conversation conversation)
    : ManagedConnection(std::move(conversation)), handle_(std::move(handle)), worker_(worker) {
  worker_.reactor().register_handler(*this, Events::read);
}

Connection::~Connection() {
  worker_.reactor().remove_handler(*this);
}

void Connection::handle_event(Events ready) {
  if (has(ready, Events::read)) {
    read();
  } else {
    advance();
  }
}

void Connection::read() {
  ChunkPtr chunk;  // held for this call only: a Reactor reads only what is there
  bool was_filled = false;
  // A short read has emptied the socket: another call would only return "would block". And before
  // more is read the reply goes out, while its bytes are in the cache.
  do {
    if (!conversation().make_room(chunk)) return close(CloseReason::io_error);
    const IoResult result = receive(handle_.get(), chunk->room());
    if (result.status == IoStatus::failed) return close(CloseReason::io_error);
    if (result.status == IoStatus::end) conversation().received_end();
    if (result.status != IoStatus::done) break;
    was_filled = result.bytes == chunk->capacity;
    if (conversation().received(chunk, result.bytes)) worker_.connections().touched(*this);
    if (!write()) return close(CloseReason::io_error);
  } while (was_filled && conversation().wants_read());
  advance();
}

bool Connection::write() {
  while (conversation().wants_write()) {
    const IoResult result = send(handle_.get(), conversation().pending_output());
    if (result.status == IoStatus::would_block) break;
    if (result.status == IoStatus::failed) return false;
    conversation().sent(result.bytes);
    worker_.connections().touched(*this);
  }
  return true;
}

// Does what can be done now and arranges what to wait for next.
void Connection::advance() {
  if (!write()) return close(CloseReason::io_error);
  if (worker_.connections().draining() && unread_bytes(handle_.get()) == 0) conversation().drain();
  if (conversation().wants_half_close()) {
    shutdown_send(handle_.get());
    conversation().half_closed();
  }
  if (conversation().finished()) return close(conversation().reason());
  worker_.reactor().change_interest(
      *this, (conversation().wants_read() ? Events::read : Events::none) |
                 (conversation().wants_write() ? Events::write : Events::none));
}

void Connection::close(CloseReason reason) {
  worker_.connections().closed(*this, reason);
  delete this;
}

}  // namespace iolab::reactor

const iolab::ServerProgram iolab::server_program = sharded<reactor::Worker>();
