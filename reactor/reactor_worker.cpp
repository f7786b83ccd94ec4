#include "reactor/reactor_worker.hpp"

#include "shared/net/sockets.hpp"

namespace iolab {

Acceptor::Acceptor(ReactorWorker& worker, UniqueHandle listener)
    : worker_(worker), listener_(std::move(listener)) {
  worker_.reactor().register_handler(*this, Events::read);
}

void Acceptor::handle_event(Events) {
  for (;;) {
    AcceptResult result = accept_connection(listener_.get());
    switch (result.status) {
      case AcceptStatus::accepted:
        if (worker_.connections().admit()) worker_.serve(std::move(result.handle));
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

StopHandler::StopHandler(ReactorWorker& worker) : worker_(worker) {
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

ReactorWorker::ReactorWorker(Service& service, UniqueHandle listener)
    : service_(service),
      reactor_(make_demultiplexer(service.options.demultiplexer)),
      connections_(service),
      read_buffer_(service.options.read_size),
      acceptor_(*this, std::move(listener)),
      stop_handler_(*this),
      ticker_(connections_.tick_period()) {}

void ReactorWorker::run() {
  while (!connections_.drained()) {
    reactor_.handle_events(ticker_.time_left());
    if (ticker_.due()) tick();
  }
}

// The connection that cannot be accepted keeps the listener readable: leave it until the next tick.
void ReactorWorker::pause_accepting() {
  service_.statistics.accept_paused();
  acceptor_.pause();
}

void ReactorWorker::tick() {
  connections_.tick();
  if (!connections_.draining()) acceptor_.resume();
}

void ReactorWorker::stop() {
  wake_up().clear();
  acceptor_.close();
  connections_.drain();
}

}  // namespace iolab
