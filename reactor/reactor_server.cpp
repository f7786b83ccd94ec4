// The Reactor from scratch: readiness events say when, the application does the I/O.
#include <iostream>
#include <memory>
#include <vector>

#include "reactor/reactor.hpp"
#include "shared/net/sockets.hpp"
#include "shared/server/sharded_server.hpp"
#include "shared/server/ticker.hpp"

namespace iolab {
namespace {

class ReactorWorker;

/// POSA2's Acceptor: makes a connection of every peer that knocks.
class Acceptor final : public EventHandler {
 public:
  Acceptor(ReactorWorker& worker, UniqueHandle listener);
  ~Acceptor() { close(); }

  [[nodiscard]] Handle get_handle() const override { return listener_.get(); }
  void handle_event(Events ready) override;
  void pause();
  void resume();
  void close();

 private:
  ReactorWorker& worker_;
  UniqueHandle listener_;
};

/// Hears the request to stop.
class StopHandler final : public EventHandler {
 public:
  explicit StopHandler(ReactorWorker& worker);
  ~StopHandler();

  [[nodiscard]] Handle get_handle() const override;
  void handle_event(Events ready) override;

 private:
  ReactorWorker& worker_;
};

/// POSA2's concrete event handler. Made by ReactorWorker::serve(); from then on it owns itself,
/// until close().
class ReactorConnection final : public Connection, public EventHandler {
 public:
  ReactorConnection(ReactorWorker& worker, UniqueHandle handle, Conversation conversation);
  ~ReactorConnection() override;

  [[nodiscard]] Handle get_handle() const override { return handle_.get(); }
  void handle_event(Events ready) override;

  /// Does what can be done now and waits for the rest.
  void advance();
  void drain() override { advance(); }
  void close(CloseReason reason) override;

 private:
  void read();
  bool write();

  UniqueHandle handle_;
  ReactorWorker& worker_;
};

class ReactorWorker final : public Worker {
 public:
  ReactorWorker(Service& service, UniqueHandle listener);

  [[nodiscard]] std::string_view engine() const override { return reactor_.engine(); }
  void run() override;

  [[nodiscard]] Reactor& reactor() { return reactor_; }
  [[nodiscard]] ConnectionManager& connections() { return connections_; }
  [[nodiscard]] std::span<std::byte> read_buffer() { return read_buffer_; }
  void serve(UniqueHandle handle);
  void pause_accepting();
  void stop();

 private:
  void tick();

  Service& service_;
  Reactor reactor_;
  ConnectionManager connections_;
  std::vector<std::byte> read_buffer_;  // one for all: a Reactor reads only what is there
  Acceptor acceptor_;
  StopHandler stop_handler_;
  Ticker ticker_;
  bool has_complained_ = false;
};

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

void ReactorWorker::serve(UniqueHandle handle) {
  std::unique_ptr<ReactorConnection> connection;
  try {
    connection = std::make_unique<ReactorConnection>(*this, std::move(handle),
                                                     connections_.make_conversation());
  } catch (const std::exception& error) {
    // No memory, or the demultiplexer cannot watch it: at worst this connection.
    if (!has_complained_) std::cerr << server_traits.name << ": " << error.what() << std::endl;
    has_complained_ = true;
    return connections_.shed();
  }
  connections_.opened(*connection);
  connection.release()->advance();
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

ReactorConnection::ReactorConnection(ReactorWorker& worker, UniqueHandle handle,
                                     Conversation conversation)
    : Connection(std::move(conversation)), handle_(std::move(handle)), worker_(worker) {
  worker_.reactor().register_handler(*this, Events::read);
}

ReactorConnection::~ReactorConnection() {
  worker_.reactor().remove_handler(*this);
}

void ReactorConnection::handle_event(Events ready) {
  if (has(ready, Events::read)) {
    read();
  } else {
    advance();
  }
}

void ReactorConnection::read() {
  const std::span<std::byte> buffer = worker_.read_buffer();
  IoResult result;
  // A short read has emptied the socket: asking again would only hear "would block".
  do {
    result = receive(handle_.get(), buffer);
    if (result.status == IoStatus::failed) return close(CloseReason::io_error);
    if (result.status == IoStatus::end) conversation().received_end();
    if (result.status != IoStatus::done) break;
    if (conversation().received(buffer.first(result.bytes))) worker_.connections().touched(*this);
  } while (result.bytes == buffer.size() && conversation().wants_read());
  advance();
}

bool ReactorConnection::write() {
  while (conversation().wants_write()) {
    const IoResult result = send(handle_.get(), conversation().pending_output());
    if (result.status == IoStatus::would_block) break;
    if (result.status == IoStatus::failed) return false;
    conversation().sent(result.bytes);
    worker_.connections().touched(*this);
  }
  return true;
}

// Sends what is pending and arranges what to wait for next.
void ReactorConnection::advance() {
  if (!write()) return close(CloseReason::io_error);
  if (worker_.connections().draining() && unread_bytes(handle_.get()) == 0) conversation().drain();
  if (conversation().wants_half_close()) {
    shutdown_send(handle_.get());
    conversation().half_closed();
  }
  if (conversation().finished()) return close(conversation().reason());
  worker_.reactor().change_interest(
      *this, (conversation().wants_read() ? Events::read : Events::none) |
                 (conversation().wants_write() ? Events::write : Events::none));
}

void ReactorConnection::close(CloseReason reason) {
  worker_.connections().closed(*this, reason);
  delete this;
}

std::unique_ptr<Worker> make_reactor_worker(Service& service, UniqueHandle listener) {
  return std::make_unique<ReactorWorker>(service, std::move(listener));
}

constexpr std::string_view own_options[] = {"demultiplexer"};

}  // namespace

const ServerTraits server_traits{
    .name = IOLAB_SERVER_NAME, .pattern = IOLAB_SERVER_PATTERN, .own_options = own_options};

std::unique_ptr<Server> make_server(const ServerOptions& options) {
  return std::make_unique<ShardedServer>(options, make_reactor_worker);
}

}  // namespace iolab
