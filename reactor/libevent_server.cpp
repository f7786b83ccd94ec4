// The Reactor as users of libevent write it: raw events say when, the application does the I/O.
#include <memory>
#include <new>

#include "reactor/libevent_event.hpp"
#include "shared/net/accept.hpp"
#include "shared/net/sockets.hpp"
#include "shared/program/this_program.hpp"
#include "shared/server/admission.hpp"

namespace iolab::reactor::libevent {
namespace {

class Worker;

/// Made by Worker::serve(); from then on it owns itself, until close().
class Connection final : public ManagedConnection {
 public:
  Connection(Worker& worker, UniqueHandle handle, Conversation conversation);

  /// Does what can be done now and waits for the rest.
  void advance();
  void drain() override { advance(); }
  void close(CloseReason reason) override;
  void out_of_memory() { close(CloseReason::io_error); }

 private:
  void read();
  bool write();

  Worker& worker_;
  UniqueHandle handle_;
  Event<Connection, &Connection::read> readable_;
  Event<Connection, &Connection::advance> writable_;
};

class Worker final : public ServerWorker {
 public:
  Worker(Service& service, UniqueHandle listener);

  [[nodiscard]] std::string_view engine() const override {
    return event_base_get_method(base_.get());
  }
  void run() override;
  void out_of_memory() { pause_accepting(); }

  [[nodiscard]] event_base* base() { return base_.get(); }
  [[nodiscard]] ConnectionManager& connections() { return connections_; }
  void stop_if_drained();

 private:
  void accept();
  void pause_accepting();
  void serve(UniqueHandle handle);
  void tick();
  void stop();

  Service& service_;
  EventBase base_;
  UniqueHandle listener_;
  ConnectionManager connections_;
  Event<Worker, &Worker::accept> acceptable_;
  Event<Worker, &Worker::tick> tick_;
  Event<Worker, &Worker::stop> stop_;
};

Worker::Worker(Service& service, UniqueHandle listener)
    : service_(service),
      base_(make_event_base()),
      listener_(std::move(listener)),
      connections_(service),
      acceptable_(base(), listener_.get(), EV_READ | EV_PERSIST, this),
      tick_(base(), -1, EV_PERSIST, this),
      stop_(base(), wake_up().handle(), EV_READ, this) {}

void Worker::run() {
  const timeval period = to_timeval(connections_.tick_period());
  acceptable_.enable(true);
  tick_.enable(true, &period);
  stop_.enable(true);
  if (event_base_dispatch(base()) < 0) throw std::runtime_error("libevent's loop failed");
}

void Worker::accept() {
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
void Worker::pause_accepting() {
  service_.statistics.accept_paused();
  acceptable_.enable(false);
}

void Worker::serve(UniqueHandle handle) {
  auto connection = admit_connection(connections_, [&](Conversation conversation) {
    return std::make_unique<Connection>(*this, std::move(handle), std::move(conversation));
  });
  if (connection) connection.release()->advance();
}

void Worker::tick() {
  connections_.tick();
  if (connections_.draining()) return stop_if_drained();
  acceptable_.enable(true);
}

void Worker::stop() {
  acceptable_.enable(false);
  listener_.reset();
  connections_.drain();
  stop_if_drained();
}

void Worker::stop_if_drained() {
  if (connections_.drained()) event_base_loopbreak(base());
}

Connection::Connection(Worker& worker, UniqueHandle handle, Conversation conversation)
    : ManagedConnection(std::move(conversation)),
      worker_(worker),
      handle_(std::move(handle)),
      readable_(worker.base(), handle_.get(), EV_READ | EV_PERSIST, this),
      writable_(worker.base(), handle_.get(), EV_WRITE | EV_PERSIST, this) {}

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
  readable_.enable(conversation().wants_read());
  writable_.enable(conversation().wants_write());
}

void Connection::close(CloseReason reason) {
  Worker& worker = worker_;
  worker.connections().closed(*this, reason);
  delete this;
  worker.stop_if_drained();
}

}  // namespace
}  // namespace iolab::reactor::libevent

const iolab::ServerProgram iolab::server_program = sharded<reactor::libevent::Worker>();
