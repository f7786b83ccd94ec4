#include "proactor/multishot/multishot_worker.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <bit>

#include "proactor/multishot/multishot_server.hpp"
#include "shared/net/accept.hpp"
#include "shared/net/sockets.hpp"
#include "shared/server/admission.hpp"

namespace iolab::proactor::multishot {

Acceptor::Acceptor(Worker& worker, UniqueHandle listener)
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
      worker_.serve(std::move(handle));
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

namespace {

const ServerOptions& checked(const ServerOptions& options) {
  if (!std::has_single_bit(options.provided_buffers)) {
    throw UsageError("--provided-buffers must be a power of two");
  }
  return options;
}

}  // namespace

Worker::Worker(Service& service, UniqueHandle listener)
    : service_(service),
      ring_(parse_uring_setup(checked(service.options).uring_setup), service.options.uring_entries),
      operations_(ring_, service),
      connections_(service),
      acceptor_(*this, std::move(listener)),
      ticker_(connections_.tick_period()) {}

void Worker::run() {
  acceptor_.resume();
  hear_stop();
  while (!connections_.drained() || !acceptor_.is_closed()) {
    ring_.submit_and_wait(ticker_.time_left());
    if (ring_.all_submitted()) operations_.all_submitted();
    handle_completions();
    if (ticker_.due()) tick();
  }
}

void Worker::handle_completions() {
  ring_.reap([this](const io_uring_cqe& completion) {
    void* const owner = reinterpret_cast<void*>(completion.user_data & ~kind_bits);
    switch (static_cast<Kind>(completion.user_data & kind_bits)) {
      case Kind::none:
        break;
      case Kind::accept:
        acceptor_.handle_event(completion);
        break;
      case Kind::stop:
        stop();
        break;
      case Kind::receive:
        static_cast<Connection*>(owner)->read(completion);
        break;
      case Kind::send:
        static_cast<Connection*>(owner)->write(completion);
        break;
      case Kind::cancel:
        static_cast<Connection*>(owner)->called_back(completion);
        break;
    }
  });
}

void Worker::cancel(std::uint64_t what, std::uint64_t own_tag) {
  io_uring_sqe& entry = submission();
  io_uring_prep_cancel64(&entry, what, 0);
  entry.user_data = own_tag;
}

void Worker::serve(UniqueHandle handle) {
  auto connection = admit_connection(connections_, [&](Conversation conversation) {
    return std::make_unique<Connection>(*this, std::move(handle), std::move(conversation));
  });
  if (connection) connection.release()->advance();
}

// The connection that cannot be accepted would fail the next accept as well: wait for the next
// tick.
void Worker::pause_accepting() {
  service_.statistics.accept_paused();
}

// A poll lends the kernel no memory.
void Worker::hear_stop() {
  io_uring_sqe& entry = submission();
  io_uring_prep_poll_add(&entry, wake_up().handle(), POLLIN);
  entry.user_data = tag(this, Kind::stop);
}

void Worker::tick() {
  connections_.tick();
  if (connections_.draining()) {
    if (!acceptor_.is_closed()) acceptor_.close();  // the cancel may have missed
  } else {
    acceptor_.resume();
  }
}

void Worker::stop() {
  acceptor_.close();
  connections_.drain();
}

}  // namespace iolab::proactor::multishot
