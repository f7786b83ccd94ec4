#include "experiments/baselines/half_async_connection.hpp"

#include <new>

#include "experiments/baselines/half_async_front.hpp"
#include "shared/net/sockets.hpp"

namespace iolab::half_sync_half_async {

Connection::Connection(Front& front, UniqueHandle handle, Conversation conversation)
    : ManagedConnection(std::move(conversation)), front_(front), handle_(std::move(handle)) {
  front_.reactor().register_handler(*this, Events::read);
}

Connection::~Connection() {
  front_.reactor().remove_handler(*this);
}

void Connection::handle_event(Events ready) {
  // Interest is not withdrawn when a worker begins, since mostly it is done before more arrives.
  if (processing_) return front_.reactor().change_interest(*this, Events::none);
  if (!has(ready, Events::read)) return advance();
  try {
    read();
  } catch (const std::bad_alloc&) {
    close(CloseReason::io_error);
  }
}

void Connection::read() {
  if (front_.requests().available() == 0) {
    front_.park(*this);
    return advance();
  }
  ChunkPtr chunk;
  if (!conversation().make_room(chunk)) return close(CloseReason::io_error);
  const IoResult result = receive(handle_.get(), chunk->room());
  if (result.status == IoStatus::failed) return close(CloseReason::io_error);
  if (result.status == IoStatus::end) conversation().received_end();
  if (result.status != IoStatus::done) return advance();
  front_.requests().put(*this, std::move(chunk), result.bytes);
  processing_ = true;
}

void Connection::processed(const Request& request) {
  processing_ = false;
  if (close_when_processed_) return close(*close_when_processed_);
  if (request.completed_message) front_.connections().touched(*this);
  advance();
}

bool Connection::write() {
  while (conversation().wants_write()) {
    const IoResult result = send(handle_.get(), conversation().pending_output());
    if (result.status == IoStatus::would_block) break;
    if (result.status == IoStatus::failed) return false;
    conversation().sent(result.bytes);
    front_.connections().touched(*this);
  }
  return true;
}

// Does what can be done now and arranges what to wait for next.
void Connection::advance() {
  if (processing_) return;
  if (!write()) return close(CloseReason::io_error);
  if (front_.connections().draining() && unread_bytes(handle_.get()) == 0) conversation().drain();
  if (conversation().wants_half_close()) {
    shutdown_send(handle_.get());
    conversation().half_closed();
  }
  if (conversation().finished()) return close(conversation().reason());
  const bool wants_read = conversation().wants_read() && !is_linked();  // in a list if parked
  front_.reactor().change_interest(
      *this, (wants_read ? Events::read : Events::none) |
                 (conversation().wants_write() ? Events::write : Events::none));
}

void Connection::close(CloseReason reason) {
  if (processing_) {
    close_when_processed_ = reason;
    return;
  }
  front_.connections().closed(*this, reason);
  delete this;
}

// Not while a worker has the conversation: that is anything but quiet.
void Connection::went_quiet() {
  if (!processing_) ManagedConnection::went_quiet();
}

}  // namespace iolab::half_sync_half_async
