#include "proactor/completion_worker.hpp"

#include "proactor/completion_server.hpp"
#include "shared/net/accept.hpp"
#include "shared/net/sockets.hpp"
#include "shared/server/admission.hpp"

namespace iolab::proactor {

Acceptor::Acceptor(Worker& worker, UniqueHandle listener)
    : worker_(worker),
      listener_(std::move(listener)),
      accept_(OperationKind::accept, listener_.get(), *this) {
  worker_.proactor().associate(listener_.get());
}

void Acceptor::handle_event(AsyncOperation& accept) {
  UniqueHandle handle = std::move(accept.result.accepted);
  switch (accept_status(accept.result.error)) {
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
  if (worker_.connections().draining()) return close();
  resume();
}

void Acceptor::resume() {
  if (!accept_.in_flight) worker_.proactor().submit(accept_);
}

// The engine uses the listener until the last accept has come back.
void Acceptor::close() {
  if (accept_.in_flight) return worker_.proactor().cancel(accept_);
  if (is_closed()) return;
  worker_.proactor().dissociate(listener_.get());
  listener_.reset();
}

StopHandler::StopHandler(Worker& worker)
    : worker_(worker), receive_(OperationKind::receive, worker.wake_up().handle(), *this) {
  worker_.proactor().associate(worker_.wake_up().handle());
  receive_.buffer = {&token_, 1};
}

StopHandler::~StopHandler() {
  worker_.proactor().dissociate(worker_.wake_up().handle());
}

void StopHandler::handle_event(AsyncOperation&) {
  worker_.stop();
}

void StopHandler::resume() {
  worker_.proactor().submit(receive_);
}

Worker::Worker(Service& service, UniqueHandle listener)
    : service_(service),
      proactor_(make_proactor(service.options)),
      read_buffers_(service.options.read_size),
      connections_(service),
      acceptor_(*this, std::move(listener)),
      stop_handler_(*this),
      ticker_(connections_.tick_period()) {}

void Worker::run() {
  acceptor_.resume();
  stop_handler_.resume();
  while (!connections_.drained() || !acceptor_.is_closed()) {
    proactor_->handle_events(ticker_.time_left());
    if (ticker_.due()) tick();
  }
}

bool Worker::make_room(ChunkPtr& chunk, const Conversation& conversation) noexcept {
  const bool is_first_size = conversation.read_size() == read_buffers_.size();
  if (!is_first_size || (chunk && chunk->capacity == read_buffers_.size())) {
    return conversation.make_room(chunk);
  }
  try {
    chunk = read_buffers_.take();
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
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

void Worker::tick() {
  connections_.tick();
  if (!connections_.draining()) acceptor_.resume();
}

void Worker::stop() {
  connections_.drain();
  acceptor_.close();
}

}  // namespace iolab::proactor
