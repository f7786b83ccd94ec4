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
    : ManagedConnection(std::move(conversation)), handle_(std::move(handle)), worker_(worker) {
  worker_.operations().opened(handle_.get());
}

Connection::~Connection() {
  if (handle_) worker_.operations().closing(handle_.get());
}

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
  if (!in_bulk_) return worker_.operations().consume(receive, take);
  if (receive.res > 0) take(bulk_chunk_, static_cast<std::size_t>(receive.res));
}

// A reset can stay hidden. First the peer sends bytes, then it resets the connection, then the
// kernel (seen with 6.18) performs the receive: it takes the bytes, finds the socket empty and
// waits for more. Nothing more will ever come, so the connection would stay open until its idle
// timeout. If there is a reply to send, the send fails and shows the reset; if there is none, the
// socket has to be asked.
bool Connection::may_hide_reset(const io_uring_cqe& receive) {
  return !is_last(receive) && emptied_ && !conversation().wants_write();
}

void Connection::write(const io_uring_cqe& send) {
  if ((send.flags & IORING_CQE_F_NOTIF) != 0) return released(send);
  sending_ = false;
  const std::size_t n = send.res > 0 ? static_cast<std::size_t>(send.res) : 0;
  lent_.sent(conversation(), n, !is_last(send));
  if (closing_) return release();
  if (send.res < 0) return close(CloseReason::io_error);
  worker_.connections().touched(*this);
  advance();
}

// A zero-copy send completes twice: with its result, and when the kernel needs the bytes no more.
void Connection::released(const io_uring_cqe& send) {
  lent_.released();
  worker_.operations().note_release(send);
  if (closing_) release();
}

// A cancel can miss: if the receive is just about to run, the kernel does not find it, and the
// receive goes on. Or it was meant for a receive that had ended by itself, and another one is in
// flight by now. Then a cancel is submitted again. Otherwise nothing is to be done here: the
// receive reports its own end.
void Connection::called_back(const io_uring_cqe& cancel) {
  const bool in_vain = cancel.res < 0 || cancels_an_older_;
  cancelling_ = cancels_an_older_ = false;
  if (receiving_ && calling_back_ && in_vain) submit_cancel();
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
  if (goes_on_too_long()) return call_back();
  if (conversation().wants_read()) receive_on();
}

// A multishot receive goes on by itself, a one-shot brings one read more and that is all. And when
// much comes by now, it is to be a one-shot from here on.
bool Connection::goes_on_too_long() {
  if (!receiving_ || in_bulk_) return false;
  return !conversation().wants_read() || worker_.operations().is_bulk(conversation().read_size());
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
  SocketOperations& operations = worker_.operations();
  // Much comes: each receive is a one-shot then, into a chunk of its own. A multishot would go on
  // beyond the output limit, until it is cancelled, and use up the buffers of all others.
  in_bulk_ = operations.is_bulk(conversation().read_size());
  if (in_bulk_ && !operations.make_room(bulk_chunk_, conversation())) {
    return close(CloseReason::io_error);
  }
  io_uring_sqe& entry = worker_.submission();
  if (in_bulk_) {
    operations.receive(entry, handle_.get(), *bulk_chunk_);
  } else {
    bulk_chunk_.reset();
    operations.receive_on(entry, handle_.get());
  }
  // Wait first. Without this the receive would try at once and take a buffer even when there is
  // nothing to read.
  if (emptied_) entry.ioprio |= IORING_RECVSEND_POLL_FIRST;
  entry.user_data = tag(this, Kind::receive);
  receiving_ = true;
}

void Connection::went_quiet() {
  ManagedConnection::went_quiet();
  if (in_bulk_) call_back();
}

void Connection::call_back() {
  if (!receiving_ || calling_back_) return;
  calling_back_ = true;
  // One at a time, as its completion names this object.
  if (cancelling_) {
    cancels_an_older_ = true;
  } else {
    submit_cancel();
  }
}

void Connection::submit_cancel() {
  worker_.cancel(tag(this, Kind::receive), tag(this, Kind::cancel));
  cancelling_ = true;
}

void Connection::send() {
  io_uring_sqe& entry = worker_.submission();
  worker_.operations().send(entry, handle_.get(), conversation().pending_output(), lent_);
  entry.user_data = tag(this, Kind::send);
  sending_ = true;
}

void Connection::close(CloseReason reason) {
  if (closing_ && lent_.is_empty()) return;
  closing_ = reason;
  call_back();
  if (sending_) worker_.cancel(tag(this, Kind::send));
  release();
}

// Closing the descriptor would not end the operations on it, and their completions name this
// object. So wait until all have completed, then destroy it.
void Connection::release() {
  if (receiving_ || cancelling_ || sending_) return;
  if (!lent_.is_empty()) return abort();
  worker_.connections().closed(*this, *closing_);
  delete this;
}

// The last bytes are lent until the peer has them. If it is not to be waited for, the kernel lets
// go of them when the connection is reset.
void Connection::abort() {
  const bool waits = closing_ == CloseReason::by_peer || closing_ == CloseReason::protocol_error ||
                     closing_ == CloseReason::drained;
  if (waits || !handle_) return;
  worker_.operations().closing(handle_.get());
  reset_on_close(handle_.get());
  handle_.reset();
}

}  // namespace iolab::proactor::multishot

const iolab::ServerProgram iolab::server_program = sharded<proactor::multishot::Worker>();
