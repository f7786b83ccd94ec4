#include "reactor/reactor_worker.hpp"

#include "reactor/reactor_server.hpp"
#include "shared/net/accept.hpp"
#include "shared/server/admission.hpp"

namespace iolab::reactor {

Acceptor::Acceptor(Worker& worker, UniqueHandle listener)
    : worker_(worker), listener_(std::move(listener)) {
  worker_.reactor().register_handler(*this, Events::read);
}

void Acceptor::handle_event(Events) {
  for (;;) {
    AcceptResult result = accept_connection(listener_.get());
    switch (result.status) {
      case AcceptStatus::accepted:
        worker_.serve(std::move(result.handle));
        break;
      case AcceptStatus::peer_gone:
        break;
      case AcceptStatus::would_block:
        return;
      case AcceptStatus::no_resources:
        return worker_.pause_accepting();
    }
  }
}

void Acceptor::pause() {
  worker_.reactor().change_interest(*this, Events::none);
}

void Acceptor::resume() {
  worker_.reactor().change_interest(*this, Events::read);
}

void Acceptor::close() {
  worker_.reactor().remove_handler(*this);
  listener_.reset();
}

StopHandler::StopHandler(Worker& worker) : worker_(worker) {
  worker_.reactor().register_handler(*this, Events::read);
}

StopHandler::~StopHandler() {
  worker_.reactor().remove_handler(*this);
}

Handle StopHandler::get_handle() const {
  return worker_.wake_up().handle();
}

void StopHandler::handle_event(Events) {
  worker_.stop();
}

Worker::Worker(Service& service, UniqueHandle listener)
    : service_(service),
      reactor_(make_demultiplexer(service.options.demultiplexer)),
      connections_(service),
      acceptor_(*this, std::move(listener)),
      stop_handler_(*this),
      ticker_(connections_.tick_period()) {}

void Worker::run() {
  while (!connections_.drained()) {
    reactor_.handle_events(ticker_.time_left());
    if (ticker_.due()) tick();
  }
}

void Worker::serve(UniqueHandle handle) {
  auto connection = admit_connection(connections_, [&](Conversation conversation) {
    return std::make_unique<Connection>(*this, std::move(handle), std::move(conversation));
  });
  if (connection) connection.release()->advance();
}

// The connection that cannot be accepted keeps the listener readable: leave it until the next tick.
void Worker::pause_accepting() {
  service_.statistics.accept_paused();
  acceptor_.pause();
}

void Worker::tick() {
  connections_.tick();
  if (!connections_.draining()) acceptor_.resume();
}

void Worker::stop() {
  wake_up().clear();
  acceptor_.close();
  connections_.drain();
}

}  // namespace iolab::reactor
