#include "experiments/baselines/half_async_front.hpp"

#include <memory>

#include "shared/net/accept.hpp"
#include "shared/server/admission.hpp"

namespace iolab::half_sync_half_async {

Front::Front(Service& service, UniqueHandle listener, RequestQueue& requests)
    : service_(service),
      requests_(requests),
      reactor_(reactor::make_demultiplexer(service.options.demultiplexer)),
      listener_(std::move(listener)),
      connections_(service),
      acceptable_(reactor_, listener_.get(), *this),
      processed_(reactor_, requests.has_done().handle(), *this),
      stop_(reactor_, wake_up_.handle(), *this),
      ticker_(connections_.tick_period()) {}

void Front::run() {
  while (!connections_.drained()) {
    reactor_.handle_events(ticker_.time_left());
    advance_parked();
    if (ticker_.due()) tick();
  }
}

void Front::accept() {
  for (;;) {
    AcceptResult result = accept_connection(listener_.get());
    switch (result.status) {
      case AcceptStatus::accepted:
        serve(std::move(result.handle));
        break;
      case AcceptStatus::peer_gone:
        break;
      case AcceptStatus::would_block:
        return;
      case AcceptStatus::no_resources:
        return pause_accepting();
    }
  }
}

// The connection that cannot be accepted keeps the listener readable: leave it until the next tick.
void Front::pause_accepting() {
  service_.statistics.accept_paused();
  acceptable_.enable(false);
}

void Front::serve(UniqueHandle handle) {
  auto connection = admit_connection(connections_, [&](Conversation conversation) {
    return std::make_unique<Connection>(*this, std::move(handle), std::move(conversation));
  });
  if (connection) connection.release()->advance();
}

void Front::take_processed() {
  RequestQueue::Requests done = requests_.take_done();
  while (!done.empty()) {
    Request& request = done.front();
    done.pop_front();
    request.connection->processed(request);
    requests_.free(request);
  }
}

void Front::advance_parked() {
  for (std::size_t n = requests_.available(); n > 0 && !parked_.empty(); --n) {
    Connection& connection = parked_.front();
    parked_.pop_front();
    connection.advance();
  }
}

void Front::tick() {
  connections_.tick();
  if (!connections_.draining()) acceptable_.enable(true);
}

void Front::stop() {
  wake_up_.clear();
  acceptable_.remove();
  listener_.reset();
  connections_.drain();
}

}  // namespace iolab::half_sync_half_async
