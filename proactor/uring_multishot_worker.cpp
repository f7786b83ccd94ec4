#include "proactor/uring_multishot_worker.hpp"

#include <poll.h>
#include <sys/socket.h>

#include "shared/net/sockets.hpp"

namespace iolab {

Acceptor::Acceptor(MultishotWorker& worker, UniqueHandle listener)
    : worker_(worker), listener_(std::move(listener)) {
  set_nonblocking(listener_.get(), false);
}

void Acceptor::handle_event(const io_uring_cqe& accept) {
  accepting_ = !is_last(accept);
  UniqueHandle handle;
  if (accept.res >= 0) handle.reset(accept.res);
  switch (accept_status(accept.res < 0 ? -accept.res : 0)) {
    case AcceptStatus::accepted:
      configure_connection(handle.get());
      if (worker_.connections().admit()) worker_.serve(std::move(handle));
      break;
    case AcceptStatus::peer_gone:
    case AcceptStatus::would_block:
      break;
    case AcceptStatus::no_resources:
      worker_.pause_accepting();
      if (!worker_.connections().draining()) return;
  }
  if (worker_.connections().draining()) {
    if (!accepting_) close();
    return;
  }
  resume();
}

void Acceptor::resume() {
  if (accepting_) return;
  io_uring_sqe& entry = worker_.submission();
  io_uring_prep_multishot_accept(&entry, listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
  entry.user_data = tag(this, Kind::accept);
  accepting_ = true;
}

// The kernel uses the listener until the last completion.
void Acceptor::close() {
  if (accepting_) return worker_.cancel(tag(this, Kind::accept));
  listener_.reset();
}

MultishotWorker::MultishotWorker(Service& service, UniqueHandle listener)
    : service_(service),
      ring_(parse_uring_setup(service.options.uring_setup), service.options.uring_entries),
      buffers_(ring_, service.options.provided_buffers, service.options.read_size),
      connections_(service),
      acceptor_(*this, std::move(listener)),
      ticker_(connections_.tick_period()) {}

void MultishotWorker::run() {
  acceptor_.resume();
  hear_stop();
  while (!connections_.drained() || !acceptor_.is_closed()) {
    ring_.submit_and_wait(ticker_.time_left());
    handle_completions();
    if (ticker_.due()) tick();
  }
}

void MultishotWorker::cancel(std::uint64_t what, std::uint64_t own_tag) {
  io_uring_sqe& entry = submission();
  io_uring_prep_cancel64(&entry, what, 0);
  entry.user_data = own_tag;
}

// The connection that cannot be accepted would fail the next accept as well: wait for the next
// tick.
void MultishotWorker::pause_accepting() {
  service_.statistics.accept_paused();
}

// A poll lends the kernel no memory.
void MultishotWorker::hear_stop() {
  io_uring_sqe& entry = submission();
  io_uring_prep_poll_add(&entry, wake_up().handle(), POLLIN);
  entry.user_data = tag(this, Kind::stop);
}

void MultishotWorker::tick() {
  connections_.tick();
  if (connections_.draining()) {
    if (!acceptor_.is_closed()) acceptor_.close();  // the cancel may have missed
  } else {
    acceptor_.resume();
  }
}

void MultishotWorker::stop() {
  acceptor_.close();
  connections_.drain();
}

}  // namespace iolab
