// The Proactor without its one-shot interface: one submission keeps accepting, one keeps receiving,
// and the kernel chooses the buffer when there is something to put into it.
#include "proactor/multishot/multishot_server.hpp"

#include <sys/socket.h>

#include <cerrno>

#include "shared/net/sockets.hpp"
#include "shared/program/this_program.hpp"

namespace iolab::proactor::multishot {
namespace {

bool was_reset(Handle handle) {
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(handle, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0;
}

}  // namespace

Connection::Connection(Worker& worker, UniqueHandle handle, Conversation conversation)
    : ManagedConnection(std::move(conversation)), handle_(std::move(handle)), worker_(worker) {}

void Connection::read(const io_uring_cqe& receive) {
  if (is_last(receive)) receiving_ = calling_back_ = false;
  emptied_ = (receive.flags & IORING_CQE_F_SOCK_NONEMPTY) == 0;
  take_input(receive);
  if (closing_) return release();
  if (receive.res == 0) conversation().received_end();
  if (may_hide_reset(receive) && was_reset(handle_.get())) return close(CloseReason::io_error);
  // When no buffer is left, or when it was cancelled, the receive has ended; the connection goes
  // on.
  if (receive.res < 0 && receive.res != -ENOBUFS && receive.res != -ECANCELED) {
    return close(CloseReason::io_error);
  }
  advance();
}

void Connection::take_input(const io_uring_cqe& receive) {
  const auto take = [&](ChunkPtr& chunk, std::size_t size) {
    if (closing_ || !conversation().received(chunk, size)) return;
    worker_.connections().touched(*this);
  };
  if (!in_bulk_) return worker_.buffers().consume(receive, take);
  if (receive.res > 0) take(bulk_chunk_, static_cast<std::size_t>(receive.res));
}

// A reset can stay hidden. First the peer sends bytes, then it resets the connection, then the
// kernel (seen with 6.18) performs the receive: it takes the bytes, finds the socket empty and
// waits for more. Nothing more will ever come, so the connection would stay open until its idle
// timeout. If there is a reply to send, the send fails and shows the reset; if there is none, the
// socket has to be asked.
bool Connection::may_hide_reset(const io_uring_cqe& receive) {
  return !is_last(receive) && (receive.flags & IORING_CQE_F_SOCK_NONEMPTY) == 0 &&
         !conversation().wants_write();
}

void Connection::write(const io_uring_cqe& send) {
  sending_ = false;
  conversation().sent(send.res > 0 ? static_cast<std::size_t>(send.res) : 0);
  if (closing_) return release();
  if (send.res < 0) return close(CloseReason::io_error);
  worker_.connections().touched(*this);
  advance();
}

// A cancel can miss: if the receive is just about to run, the kernel does not find it, and the
// receive goes on. Then the cancel is submitted again. If it did not miss, nothing is to be done
// here: the receive reports its own end.
void Connection::called_back(const io_uring_cqe& cancel) {
  cancelling_ = false;
  if (receiving_ && cancel.res < 0) {
    calling_back_ = false;
    call_back();
  }
  if (closing_) release();
}

// Arranges what to do next.
void Connection::advance() {
  if (worker_.connections().draining() && !drained_) look_for_more();
  if (conversation().wants_half_close()) {
    shutdown_send(handle_.get());
    conversation().half_closed();
  }
  if (conversation().finished()) return close(conversation().reason());
  if (conversation().wants_write() && !sending_) send();
  if (!conversation().wants_read()) return call_back();
  receive_on();
  if (wants_bulk() && !in_bulk_) call_back();
}

// While a receive is in flight, bytes may be on their way from the socket to read().
void Connection::look_for_more() {
  if (receiving_) return call_back();
  if (unread_bytes(handle_.get()) > 0) return;
  drained_ = true;
  conversation().drain();
}

void Connection::receive_on() {
  if (receiving_) return;
  in_bulk_ = wants_bulk();
  if (in_bulk_ && !conversation().make_room(bulk_chunk_)) return close(CloseReason::io_error);
  io_uring_sqe& entry = worker_.submission();
  if (in_bulk_) {
    io_uring_prep_recv(&entry, handle_.get(), bulk_chunk_->bytes(), bulk_chunk_->capacity, 0);
  } else {
    io_uring_prep_recv_multishot(&entry, handle_.get(), nullptr, 0, 0);
    entry.flags |= IOSQE_BUFFER_SELECT;
    entry.buf_group = UringBuffers::group;
  }
  // Wait first. Without this the receive would try at once and take a buffer even when there is
  // nothing to read.
  if (emptied_) entry.ioprio |= IORING_RECVSEND_POLL_FIRST;
  entry.user_data = tag(this, Kind::receive);
  receiving_ = true;
}

// Much comes: each receive is a one-shot then, into a chunk of its own. A multishot would go on
// beyond the output limit, until it is cancelled, and its ring would need buffers for all.
bool Connection::wants_bulk() {
  return conversation().read_size() > worker_.buffers().size();
}

void Connection::went_quiet() {
  ManagedConnection::went_quiet();
  if (in_bulk_) call_back();
}

void Connection::call_back() {
  if (!receiving_ || calling_back_) return;
  worker_.cancel(tag(this, Kind::receive), tag(this, Kind::cancel));
  calling_back_ = cancelling_ = true;
}

void Connection::send() {
  io_uring_sqe& entry = worker_.submission();
  worker_.vectored_sends().prepare(entry, handle_.get(), conversation().pending_output());
  entry.user_data = tag(this, Kind::send);
  sending_ = true;
}

void Connection::close(CloseReason reason) {
  if (closing_) return;
  closing_ = reason;
  call_back();
  if (sending_) worker_.cancel(tag(this, Kind::send));
  release();
}

// Closing the descriptor would not end the operations on it, and their completions name this
// object. So wait until all have completed, then destroy it.
void Connection::release() {
  if (receiving_ || cancelling_ || sending_) return;
  worker_.connections().closed(*this, *closing_);
  delete this;
}

}  // namespace iolab::proactor::multishot

const iolab::ServerProgram iolab::server_program = sharded<proactor::multishot::Worker>();
